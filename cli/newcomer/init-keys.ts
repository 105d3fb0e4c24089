import { isAbsolute, join, relative, resolve } from "node:path";
import { configFolder } from "../../adapters/files/config.ts";
import { makeFolder } from "../../adapters/files/make-folder.ts";
import { readIfThere } from "../../adapters/files/read.ts";
import { makeKey, readPublicKey } from "../../adapters/openssh/keygen.ts";
import { Failure } from "../../core/failure.ts";

/** Private keys of a realm, one file each; the public half stands beside it as `.pub`. */
export interface KeyFiles {
  readonly sync: string;
  readonly signing: string;
  readonly spare: string;
}

/** Where a realm's keys are: outside its repository, or somebody would commit them. */
export function keyFiles(
  realm: string,
  proxy: string,
  folder: string | undefined,
  checkout: string,
): KeyFiles {
  const base = resolve(folder ?? join(configFolder(), "keys", realm));
  const inside = relative(resolve(checkout), base);
  if (!inside.startsWith("..") && !isAbsolute(inside)) {
    throw new Failure("usage", `${base} is inside the checkout, where private keys must not be`, {
      hint: "name another folder with --keys",
    });
  }
  return { sync: join(base, "sync"), signing: join(base, "signing"), spare: join(base, `${proxy}-spare`) };
}

/** Makes the keys that are not there yet; returns the public lines, and which files are new. */
export async function makeRealmKeys(files: KeyFiles, realm: string) {
  makeFolder(resolve(files.sync, ".."), 0o700);
  const made: string[] = [];
  const lineOf = async (path: string, comment: string): Promise<string> => {
    if ((await readIfThere(`${path}.pub`)) !== undefined) return readPublicKey(`${path}.pub`);
    made.push(path);
    return makeKey(path, comment);
  };
  return {
    sync: await lineOf(files.sync, `sync of ${realm}`),
    signing: await lineOf(files.signing, `directories of ${realm}`),
    spare: await lineOf(files.spare, `spare host key of ${realm}`),
    made,
  };
}
