/** Markdown for GitHub in which nothing that a stranger wrote can act: no markup, mention, link or hidden character. */

/** Controls, zero-width and bidirectional characters, and whatever else has no picture of its own. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f/gu;
const LONGEST = 300;

/** Text as a code span: GitHub resolves neither mentions nor references in one. */
export function code(text: string): string {
  const seen = text.replace(UNSEEN, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
  const short = seen.length > LONGEST ? `${seen.slice(0, LONGEST)}…` : seen;
  const longest = Math.max(0, ...(short.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = short === "" || short.startsWith("`") || short.endsWith("`") ? " " : "";
  return `${fence}${pad}${short}${pad}${fence}`;
}

/** A sentence of ours: its quoted values, mentions and addresses become code spans, the rest plain text. */
export function prose(text: string): string {
  let out = "";
  let from = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|\S*@\S*|\S*(?::\/\/|www\.)\S*/giu)) {
    out += plain(text.slice(from, match.index)) + code(match[0]);
    from = match.index + match[0].length;
  }
  return out + plain(text.slice(from));
}

const plain = (text: string): string =>
  text.replace(UNSEEN, " ").replace(/[\\`*_{}[\]<>#|~&]/g, (char) => `\\${char}`);
