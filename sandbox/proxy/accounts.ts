import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../adapters/files/read.ts";
import { type KeyGrant, readAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { pathsOf, systemOfPath } from "../../core/access/manifest.ts";
import { fingerprintOf } from "../../core/keys/key-line.ts";
import { instantOf, isPast } from "../../core/time.ts";

/** A system's account on the proxy, as the generation in force has it at this moment. */
export class Accounts {
  readonly #current: string;

  constructor(folder: string) {
    this.#current = join(folder, "current");
  }

  /** What a key may do; undefined where it may not even log in. A file that doesn't read whole lets nobody in. */
  async grantOf(account: string, blob: Uint8Array): Promise<KeyGrant | undefined> {
    const path = pathsOf(account).keys;
    if (systemOfPath(path) !== account) return undefined;
    const text = await readFile(join(this.#current, path), "utf8").catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    const read = text === undefined ? undefined : readAuthorizedKeys(text, path);
    if (read?.ok !== true) return undefined;
    const fingerprint = fingerprintOf(blob);
    const grant = read.grants.find(({ key }) => key.fingerprint === fingerprint);
    return grant?.end !== undefined && isPast(grant.end, instantOf(new Date())) ? undefined : grant;
  }
}
