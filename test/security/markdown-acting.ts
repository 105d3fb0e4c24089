/**
 * What would act in a comment of GitHub's beyond our own markup: mentions, references, HTML, links, images, emphasis,
 * hidden characters. A reader of its own, so that it shares no mistake with the code that escapes.
 */
export function actingIn(markdown: string): readonly string[] {
  // Ours: an isolate around a code span that would turn the words beside it around.
  const apart = markdown.replace(/\u2068(`[^\u2068\u2069]*`)\u2069/gu, "`x`");
  const hidden = [...apart].filter(
    (char) =>
      /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u0590-\u08ff]/u.test(char) ||
      (/\p{Zs}/u.test(char) && char !== " ") ||
      (char < " " && char !== "\n"),
  );
  const stacked = apart.match(/\p{M}{3,}/gu) ?? [];
  const plain = withoutCode(apart)
    // Ours: verdicts and what follows in bold, list marks, one link to the line of realm.yaml behind each reason.
    .replace(/^\*\*[A-Z][A-Za-z ]+\.\*\*/gm, "")
    .replace(/: \*\*does nothing\*\*: /g, ": ")
    .replace(/^ {2}\*To mend it:\*/gm, "")
    .replace(/^- /gm, "")
    .replace(/\(\[ *\]\(https:\/\/github\.example\/realm\.yaml#L\d+\)\)/g, "");
  const markup = plain.replace(/\\[!-/:-@[-`{-~]/g, "").match(/<|>|!?\[|\*|_{2}|`|~~|\|/g) ?? [];
  // GitHub looks for these in what Markdown left: a backslash is gone by then.
  const rendered = plain.replace(/\\([!-/:-@[-`{-~])/g, "$1");
  const resolved = [
    ...(rendered.match(/@[\w-]+|https?:|www\.|mailto:|#\d|\bgh-\d|\$|:[a-z+][\w+]*:/gi) ?? []),
    ...(rendered.match(/\b[0-9a-f]{7,40}\b/g) ?? []).filter((word) => /[a-f]/.test(word)),
  ];
  return [...hidden, ...stacked, ...markup, ...resolved];
}

/** CommonMark 0.31, 6.1: a run of backticks opens a span that a run of the same length closes; 2.4: `\`` opens none. */
function withoutCode(markdown: string): string {
  let out = "";
  let at = 0;
  while (at < markdown.length) {
    if (markdown[at] === "\\") {
      out += markdown.slice(at, at + 2);
      at += 2;
      continue;
    }
    const run = /^`+/.exec(markdown.slice(at))?.[0] ?? "";
    if (run === "") {
      out += markdown[at];
      at += 1;
      continue;
    }
    const rest = markdown.slice(at + run.length);
    const close = [...rest.matchAll(/`+/g)].find(([other]) => other === run);
    // A span ends with its paragraph.
    const span = close === undefined ? undefined : rest.slice(0, close.index);
    if (close === undefined || span === undefined || span.includes("\n\n")) {
      out += run;
      at += run.length;
    } else {
      out += " ";
      at += run.length + close.index + run.length;
    }
  }
  return out;
}
