import { chmod, chown, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { LoginKeys } from "../../core/ports.ts";
import { isMissing, readIfThere } from "../files/read.ts";

/** authorized_keys files of this host's accounts. Each keeps its owner and its mode, and where it is a link, the link. */
export class FileLoginKeys implements LoginKeys {
  readonly #files: Readonly<Record<string, string>>;

  /** Account → its file. */
  constructor(files: Readonly<Record<string, string>>) {
    this.#files = files;
  }

  async read(account: string): Promise<string> {
    const file = this.#files[account];
    return (file === undefined ? undefined : await readIfThere(file)) ?? "";
  }

  /** In one rename: sshd reads the old text or the new one, whole. */
  async write(account: string, text: string): Promise<void> {
    const named = this.#files[account];
    if (named === undefined) return;
    const file = await realpath(named).catch(() => named);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const like = await statIfThere(file);
    // sshd refuses files of others: a new one belongs to whom its folder belongs to.
    const owner = like ?? (await stat(dirname(file)));
    const next = `${file}.warren-${process.pid}`;
    try {
      await writeFile(next, text, { mode: 0o600, flush: true });
      await chmod(next, like === undefined ? 0o600 : like.mode & 0o777);
      if (owner.uid !== process.getuid?.()) await chown(next, owner.uid, owner.gid);
      await rename(next, file);
    } catch (error) {
      await rm(next, { force: true });
      throw error;
    }
  }
}

async function statIfThere(file: string) {
  try {
    return await stat(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
