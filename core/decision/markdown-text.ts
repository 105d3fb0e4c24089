import { terminalText } from "../terminal-text.ts";

/** The bot's markdown as lines for a terminal: the words, without the marks. */
export const markdownLines = (markdown: string): readonly string[] =>
  markdown
    .split(/\r?\n/)
    .filter((line) => !/^ {0,3}(```|~~~)/.test(line))
    .map((line) => unmarked(terminalText(line)).trimEnd())
    .filter((line) => line !== "");

const unmarked = (line: string): string =>
  line
    .replace(/\[((?:`[^`]*`|[^\]`])*)\]\([^)\s]*\)/g, "$1")
    .split(/(`+[^`]*`+)/)
    .map((part, index) => (index % 2 === 1 ? part.replace(/^`+|`+$/g, "") : plain(part)))
    .join("");

const plain = (text: string): string => text.replace(/(?<!\\)\*+/g, "").replace(/\\([!-/:-@[-`{-~])/g, "$1");
