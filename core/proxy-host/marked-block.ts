import { type Parsed, parsed, unparsed } from "../place.ts";

export interface Block {
  /** Behind the words `begin` and `end` of its marks. */
  readonly name?: string;
  /** None: the block goes. */
  readonly lines: readonly string[];
  /** Where it comes if it isn't there yet. */
  readonly place: "first" | "last";
}

/** Puts a block of ours into a file of somebody else's, or takes it out, and touches nothing else. */
export function withBlock(text: string, block: Block): Parsed<string> {
  const [begin, end] = marksOf(block.name);
  const lines = text === "" ? [] : (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  const from = lines.indexOf(begin);
  const to = lines.indexOf(end);
  if (
    from < 0 !== to < 0 ||
    to < from ||
    lines.lastIndexOf(begin) !== from ||
    lines.lastIndexOf(end) !== to
  ) {
    return unparsed(`holds ${JSON.stringify(begin)} and ${JSON.stringify(end)}, but not as one pair`);
  }
  const ours = block.lines.length === 0 ? [] : [begin, ...block.lines, end];
  if (from < 0 && ours.length === 0) return parsed(text);
  const at = from >= 0 ? from : block.place === "first" ? 0 : lines.length;
  const all = lines.toSpliced(at, from < 0 ? 0 : to - from + 1, ...ours);
  return parsed(all.map((line) => `${line}\n`).join(""));
}

/** The block with its marks, as a person sees it in the file. */
export const blockText = (block: Block): string => {
  const [begin, end] = marksOf(block.name);
  return [begin, ...block.lines, end].map((line) => `${line}\n`).join("");
};

const marksOf = (name: string | undefined): readonly [string, string] => {
  const behind = name === undefined ? "" : ` ${name}`;
  return [`# warren: begin${behind}`, `# warren: end${behind}`];
};
