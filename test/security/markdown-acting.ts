/**
 * What would act in a comment of GitHub's beyond our own markup: mentions, references, HTML, links, images, emphasis,
 * hidden characters. A reader of its own, so that it shares no mistake with the code that escapes.
 */
export function actingIn(markdown: string): readonly string[] {
  const hidden = [...markdown].filter(
    (char) => /[\p{Cf}\p{Zl}\p{Zp}]/u.test(char) || (char < " " && char !== "\n"),
  );
  const plain = withoutCode(markdown)
    // Ours: a verdict in bold, list marks, one link to the line of realm.yaml behind each reason.
    .replace(/^\*\*[A-Z][A-Za-z ]+\.\*\*/gm, "")
    .replace(/^- /gm, "")
    .replace(/\(\[ *\]\(https:\/\/github\.example\/realm\.yaml#L\d+\)\)/g, "")
    .replace(/\\[!-/:-@[-`{-~]/g, "");
  const acting = plain.match(/@[\w-]+|<|>|!?\[|https?:|www\.|mailto:|\*|_{2}|`|#\d|~~|\|/g) ?? [];
  return [...hidden, ...acting];
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
