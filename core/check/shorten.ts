import { counted } from "../counted.ts";

/** One part of a text that may be too long: a heading that always stays, and lines of which the first ones do. */
export interface Section {
  readonly head: string;
  readonly lines: readonly string[];
  /** What a line is about, for `and 12 more keys`. */
  readonly noun: string;
}

export interface Shortened {
  readonly text: string;
  /** How many lines were left out. */
  readonly left: number;
}

const SPARE = 80;
const size = (text: string): number => Buffer.byteLength(text) + 1;

/** As much of the sections as `most` bytes hold; no section but the last takes more than half of what is left. */
export function shorten(sections: readonly Section[], most: number): Shortened {
  const parts: string[] = [];
  let left = 0;
  let free = most - sections.reduce((sum, { head }) => sum + size(head) + SPARE, 0);
  for (const [index, { head, lines, noun }] of sections.entries()) {
    let share = index === sections.length - 1 ? free : Math.floor(free / 2);
    const total = lines.reduce((sum, line) => sum + size(line), 0);
    // A short one may have what it needs.
    if (total <= Math.min(free, most / sections.length)) share = free;
    let count = 0;
    for (let used = 0; count < lines.length; count += 1) {
      used += size(lines[count] ?? "");
      if (used > share) break;
      free -= size(lines[count] ?? "");
    }
    const hidden = lines.length - count;
    const more = hidden === 0 ? [] : [`- and ${counted(hidden, `more ${noun}`)}, left out here`];
    left += hidden;
    parts.push([head, ...lines.slice(0, count), ...more].filter((line) => line !== "").join("\n"));
  }
  return { text: parts.join("\n\n"), left };
}
