import { terminalText } from "./terminal-text.ts";

/** Plain loops: a pattern such as `[ \t]+$` takes quadratic time on a long run of blanks, and bodies come from strangers. */

const isBlank = (char: string): boolean => char === " " || char === "\t";

/** Without the blanks (space and tab, nothing else) at its end. */
export function trimBlanksEnd(line: string): string {
  let end = line.length;
  while (end > 0 && isBlank(line.charAt(end - 1))) end--;
  return line.slice(0, end);
}

/** Without the blanks (space and tab, nothing else) at both ends. */
export function trimBlanks(line: string): string {
  let start = 0;
  while (start < line.length && isBlank(line.charAt(start))) start++;
  return trimBlanksEnd(line.slice(start));
}

/** The lines of a text without blanks at their ends, from the first to the last that holds something. */
export function trimmedLines(text: string): readonly string[] {
  const lines = text.split("\n").map(trimBlanksEnd);
  const first = lines.findIndex((line) => line !== "");
  const last = lines.findLastIndex((line) => line !== "");
  return first < 0 ? [] : lines.slice(first, last + 1);
}

/**
 * The last line that holds something, without blanks around it: of what a program wrote, the one that says why it ended.
 * The host that it spoke to may have chosen the words: they steer no terminal.
 */
export const lastLine = (text: string): string =>
  terminalText(text.trimEnd().split("\n").at(-1) ?? "").trim();
