import type { Form } from "./form.ts";
import type { Whole } from "./record-grammar.ts";

/** Says that a text isn't laid out as we print it, and no more; whoever can read other layouts does. */
class NotPrinted extends Error {}

const NOT_PRINTED = new NotPrinted("the text is not laid out as printed");
const [QUOTE, ZERO, NINE, BACKSLASH] = [0x22, 0x30, 0x39, 0x5c];
const ESCAPED_END = /\\n/g;
const MOST_DIGITS = 16;

/** Gives what `read` makes of a text, or undefined if something isn't laid out as printed. */
export function ifPrinted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error === NOT_PRINTED) return undefined;
    throw error;
  }
}

/**
 * JSON of one known layout, taken from its bytes piece by piece: no blank, no escape (but line ends) and no order of
 * keys that we don't write ourselves. Strings are copied out, so that none keeps a whole file in memory.
 */
export class PrintedText {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  /** Goes past these very bytes, if they stand here. */
  skips(piece: Uint8Array): boolean {
    const at = this.#at;
    for (let index = 0; index < piece.length; index++)
      if (this.#bytes[at + index] !== piece[index]) return false;
    this.#at = at + piece.length;
    return true;
  }

  skip(piece: Uint8Array): void {
    if (!this.skips(piece)) throw NOT_PRINTED;
  }

  /** Goes past what stood from `start` to `end` already, if it stands here once more. */
  repeats(start: number, end: number): boolean {
    const past = this.#at + end - start;
    if (past > this.#bytes.length || this.#bytes.compare(this.#bytes, start, end, this.#at, past) !== 0)
      return false;
    this.#at = past;
    return true;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw NOT_PRINTED;
  }

  isNotPrinted(): never {
    throw NOT_PRINTED;
  }

  /** A string of one form, which knows neither quote nor backslash. */
  text(form: Form): string {
    const start = this.#at + 1;
    const end = form.endIn(this.#bytes, start);
    if (end < 0 || this.#bytes[start - 1] !== QUOTE || this.#bytes[end] !== QUOTE) throw NOT_PRINTED;
    this.#at = end + 1;
    return this.#bytes.toString("latin1", start, end);
  }

  /** A string of one form, in which line ends are escaped and nothing else is. A long one: the engine's own loops do it. */
  lines(form: Form): string {
    const start = this.#at;
    const end = this.#bytes.indexOf(QUOTE, start + 1) + 1;
    if (end === 0 || this.#bytes[start] !== QUOTE) throw NOT_PRINTED;
    const escaped = this.#bytes.toString("latin1", start + 1, end - 1);
    const text = escaped.replace(ESCAPED_END, "\n");
    // No form holds a backslash, so what else was escaped shows; a line end that wasn't would not.
    if (escaped.includes("\n") || !form.test(text)) throw NOT_PRINTED;
    this.#at = end;
    return text;
  }

  /** A string of printable ASCII without an escape. */
  plain(): string {
    const start = this.#at + 1;
    if (this.#bytes[start - 1] !== QUOTE) throw NOT_PRINTED;
    for (let end = start; end < this.#bytes.length; end++) {
      const byte = this.#bytes[end] ?? 0;
      if (byte === QUOTE) {
        this.#at = end + 1;
        return this.#bytes.toString("latin1", start, end);
      }
      if (byte === BACKSLASH || byte < 0x20 || byte > 0x7e) break;
    }
    throw NOT_PRINTED;
  }

  whole({ least, most }: Whole): number {
    const start = this.#at;
    let value = 0;
    for (;;) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
      this.#at++;
    }
    const digits = this.#at - start;
    const isPrinted = digits === 1 || (digits > 1 && digits <= MOST_DIGITS && this.#bytes[start] !== ZERO);
    if (isPrinted && value >= least && value <= most) return value;
    throw NOT_PRINTED;
  }
}
