/** Characters of one device's output that are kept until it is shown: one that never stops must not fill the memory. */
const MOST_OF_ONE = 4 * 1024 * 1024;
/** Of all devices: there may be thousands. */
const MOST_OF_ALL = 64 * 1024 * 1024;
const CUT = "[more was cut off]\n";
/** Characters. A line of its own costs many times its length, so lines are put together as they come. */
const PIECE = 64 * 1024;

interface Output {
  readonly pieces: string[];
  lines: string[];
  /** Characters that stand in `lines`. */
  loose: number;
  length: number;
  cut: boolean;
}

/** What devices wrote, by a name for each. */
export class KeptOutput {
  readonly #outputs = new Map<string, Output>();
  #length = 0;

  add(name: string, text: string): undefined {
    const output = this.#outputs.get(name) ?? { pieces: [], lines: [], loose: 0, length: 0, cut: false };
    this.#outputs.set(name, output);
    if (output.cut) return;
    output.cut = output.length + text.length > MOST_OF_ONE || this.#length + text.length > MOST_OF_ALL;
    const more = output.cut ? CUT : text;
    output.lines.push(more);
    output.loose += more.length;
    output.length += more.length;
    this.#length += more.length;
    if (output.loose < PIECE) return;
    output.pieces.push(output.lines.join(""));
    output.lines = [];
    output.loose = 0;
  }

  /** It is kept no longer. */
  take(name: string): string {
    const output = this.#outputs.get(name);
    if (output === undefined) return "";
    this.#outputs.delete(name);
    this.#length -= output.length;
    return output.pieces.join("") + output.lines.join("");
  }
}
