import { createHash } from "node:crypto";
import type { SignatureCheck } from "../../core/ports/computer.ts";

/** A file of the profile, in which one short text is kept. */
export interface Remembers {
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
}

const FILE = "directory.checked";

/**
 * Remembers the last signature that was found good: a program more, and its files, for a directory that did not change
 * would be most of a short command. Who can write here could as well replace the pinned signers, which stand beside it.
 */
export class RememberedCheck implements SignatureCheck {
  readonly #check: SignatureCheck;
  readonly #folder: Remembers;

  constructor(check: SignatureCheck, folder: Remembers) {
    this.#check = check;
    this.#folder = folder;
  }

  async verify(text: string, signature: string, signers: readonly string[]): Promise<boolean> {
    const hash = createHash("sha256")
      .update(JSON.stringify([text, signature, signers]))
      .digest("hex");
    if ((await this.#folder.read(FILE)) === `${hash}\n`) return true;
    const good = await this.#check.verify(text, signature, signers);
    if (good) await this.#folder.write(FILE, `${hash}\n`);
    return good;
  }
}
