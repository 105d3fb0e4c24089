/** Markdown for GitHub in which nothing that a stranger wrote can act: no markup, mention, link or hidden character. */

/** Controls, zero-width and bidirectional characters, blanks but the plain one, and the third of stacked marks. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|(?<=\p{M}\p{M})\p{M}/gu;
/** Hebrew, Arabic and their like, which turn around what stands beside them. */
const RIGHT_TO_LEFT =
  "\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}";
const turns = new RegExp(`[${RIGHT_TO_LEFT}]`, "u");
const LONGEST = 300;

/** Text as a code span: GitHub resolves neither mentions nor references in one. */
export function code(text: string): string {
  const seen = text.replace(UNSEEN, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
  const short = seen.length > LONGEST ? `${seen.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, "")}…` : seen;
  const longest = Math.max(0, ...(short.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = short === "" || short.startsWith("`") || short.endsWith("`") ? " " : "";
  const span = `${fence}${pad}${short}${pad}${fence}`;
  // An isolate (UAX 9): the words around it keep their order.
  return turns.test(short) ? `\u2068${span}\u2069` : span;
}

/**
 * What GitHub makes something of after Markdown, so that no backslash stops it: mentions, addresses, issue numbers,
 * commits, maths, emoji; and quoted values, which may hold all of these.
 */
const ACTING = new RegExp(
  [
    '"(?:[^"\\\\]|\\\\.)*"',
    `\\S*[@#$${RIGHT_TO_LEFT}]\\S*`,
    "\\S*(?:://|www\\.)\\S*",
    "\\bgh-\\d+",
    "\\b(?=\\d*[a-f])[0-9a-f]{7,40}\\b",
    "(?<!\\w):(?:[a-z+-][\\w+-]*|100|1234):",
  ].join("|"),
  "giu",
);

/** A sentence of ours: its quoted values, mentions and addresses become code spans, the rest plain text. */
export function prose(text: string): string {
  let out = "";
  let from = 0;
  let acting = "";
  for (const match of text.matchAll(ACTING)) {
    // Two that touch become one span: their fences would run together.
    if (match.index > from) {
      out += span(acting) + plain(text.slice(from, match.index));
      acting = "";
    }
    acting += match[0];
    from = match.index + match[0].length;
  }
  return out + span(acting) + plain(text.slice(from));
}

const span = (text: string): string => (text === "" ? "" : code(text));

const plain = (text: string): string =>
  text.replace(UNSEEN, " ").replace(/[\\`*_{}[\]<>#|~&]/g, (char) => `\\${char}`);
