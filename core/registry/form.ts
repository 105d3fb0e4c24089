/** Some characters of one alphabet, one after another. */
export interface Run {
  /** As it stands between the brackets of a pattern: `a-z0-9`. */
  readonly alphabet: string;
  readonly least: number;
  readonly most: number;
}

export const run = (alphabet: string, least: number, most = least): Run => ({ alphabet, least, most });

/** The form of a text of ASCII: runs, each of one length or without the next one's characters. Tests strings, and bytes in place. */
export class Form {
  readonly #pattern: RegExp;
  readonly #runs: readonly { readonly table: Uint8Array; readonly least: number; readonly most: number }[];

  constructor(...runs: readonly Run[]) {
    const pattern = runs
      .map(({ alphabet, least, most }) => `[${alphabet}]{${least},${Number.isFinite(most) ? most : ""}}`)
      .join("");
    this.#pattern = new RegExp(`^${pattern}$`);
    this.#runs = runs.map(({ alphabet, least, most }) => ({ table: tableOf(alphabet), least, most }));
  }

  test(text: string): boolean {
    return this.#pattern.test(text);
  }

  /** Where the text of this form ends that begins at `start`; -1 where none does. */
  endIn(bytes: Uint8Array, start: number): number {
    let at = start;
    for (const { table, least, most } of this.#runs) {
      const first = at;
      const last = Math.min(first + most, bytes.length);
      while (at < last && table[bytes[at] ?? 0] === 1) at++;
      if (at - first < least) return -1;
    }
    return at;
  }
}

function tableOf(alphabet: string): Uint8Array {
  const pattern = new RegExp(`[${alphabet}]`);
  return Uint8Array.from({ length: 256 }, (_, code) =>
    code < 0x80 && pattern.test(String.fromCharCode(code)) ? 1 : 0,
  );
}
