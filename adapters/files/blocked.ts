import { join } from "node:path";
import { type BlockedKey, printBlocked, readBlocked } from "../../core/access/blocked.ts";
import { Failure } from "../../core/failure.ts";
import type { BlockList } from "../../core/ports/proxy-host.ts";
import { withLock } from "./lock.ts";
import { readIfThere } from "./read.ts";
import { writeFile } from "./write.ts";

/** `blocked` in `etc/warren`, which the session hook reads, and `blocked.krl`, the same for sshd's RevokedKeys. */
export class DiskBlockList implements BlockList {
  readonly #folder: string;
  readonly #krlOf: (fingerprints: readonly string[]) => Promise<Uint8Array>;

  constructor(folder: string, krlOf: (fingerprints: readonly string[]) => Promise<Uint8Array>) {
    this.#folder = folder;
    this.#krlOf = krlOf;
  }

  async read(): Promise<readonly BlockedKey[]> {
    const path = join(this.#folder, "blocked");
    const keys = readBlocked((await readIfThere(path)) ?? "", path);
    if (!keys.ok) throw new Failure("refused", keys.problem, { hint: `mend ${path}` });
    return keys.value;
  }

  /** The list comes first: the hook goes by it already when the other file can't be written. */
  change(work: (keys: readonly BlockedKey[]) => readonly BlockedKey[]): Promise<void> {
    const changed = async () => {
      const keys = work(await this.read());
      await writeFile(join(this.#folder, "blocked"), printBlocked(keys));
      const krl = await this.#krlOf(keys.map(({ fingerprint }) => fingerprint));
      await writeFile(join(this.#folder, "blocked.krl"), krl);
    };
    // A lock of its own: a key must not wait for a sync that hangs.
    return withLock(this.#folder, changed, ".lock-blocked");
  }
}
