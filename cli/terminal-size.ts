import type { WriteStream } from "node:tty";

type Sized = Pick<WriteStream, "columns" | "rows">;

/** What a terminal has that was never told its size, as a serial line's: VT100's. */
const [ROWS, COLUMNS] = [24, 80];

export const columnsOf = (out: Sized): number => out.columns || COLUMNS;
export const rowsOf = (out: Sized): number => out.rows || ROWS;

/**
 * As much of a line as a terminal shows in one row. The last column stays free: with a character in it, erasing the rest
 * of the line would take that character.
 */
export const fitting = (line: string, columns: number): string =>
  line.length < columns ? line : line.slice(0, Math.max(0, columns - 1));

/** Whether a live line or screen can be drawn there: a terminal, and one that moves its cursor. */
export const canDraw = (out: { readonly isTTY?: boolean }, env = process.env): boolean =>
  out.isTTY === true && env.TERM !== "dumb";
