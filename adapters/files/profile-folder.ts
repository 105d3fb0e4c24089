import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Profile, printProfile, readProfile } from "../../core/computer/profile.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import type { SignedText } from "../../core/keys/signed-text.ts";
import { parseComputerId } from "../../core/names.ts";
import type { DirectoryStore } from "../../core/ports/computer.ts";
import { configFolder } from "./config.ts";
import { makeFolder } from "./make-folder.ts";
import { isMissing, readIfThere, unreadable } from "./read.ts";
import { writeSecret } from "./write.ts";

/** The files of core/profile.ts: what one computer keeps of its realm. Nobody else reads any of them. */
export class ProfileFolder implements DirectoryStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Where a file of this name stands, whether it is there or not. */
  file(name: string): string {
    return join(this.path, name);
  }

  async make(): Promise<void> {
    try {
      makeFolder(this.path, 0o700);
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure("usage", `${this.path} can't be made: ${causeOf(cause)}`, { cause });
    }
  }

  read(name: string): Promise<string | undefined> {
    return readIfThere(this.file(name)).catch((cause: unknown) => {
      throw unreadable(this.file(name), cause);
    });
  }

  write(name: string, text: string): Promise<void> {
    return writeSecret(this.file(name), text);
  }

  /** Written only where it says something else: a device may live on an SD card. */
  async keep(name: string, text: string): Promise<void> {
    if ((await this.read(name)) !== text) await this.write(name, text);
  }

  remove(name: string): Promise<void> {
    return rm(this.file(name), { force: true });
  }

  /** Undefined before this computer is enrolled. */
  async profile(): Promise<Profile | undefined> {
    const text = await this.read("profile.json");
    if (text === undefined) return undefined;
    const profile = readProfile(text);
    if (!profile.ok)
      throw new Failure("usage", `${this.file("profile.json")} is invalid: ${profile.problem}`);
    return profile.value;
  }

  async keepProfile(profile: Profile): Promise<void> {
    await this.write("profile.json", printProfile(profile));
  }

  async load(): Promise<SignedText | undefined> {
    const [text, signature] = await Promise.all([
      this.read("directory.json"),
      this.read("directory.json.sig"),
    ]);
    return text === undefined || signature === undefined ? undefined : { text, signature };
  }

  /** Two files: torn apart by a crash, the signature does not verify, and the directory is asked for again. */
  async save({ text, signature }: SignedText): Promise<void> {
    await this.write("directory.json", text);
    await this.write("directory.json.sig", signature);
  }
}

/** Folders of all computers that this account keeps a profile of, in the order of their ids. */
export async function profileFolders(env?: NodeJS.ProcessEnv): Promise<readonly ProfileFolder[]> {
  const base = configFolder(env);
  const names = await readdir(base).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw new Failure("usage", `${base} can't be read: ${causeOf(error)}`, { cause: error });
  });
  const ids = names.filter((name) => parseComputerId(name).ok).sort();
  return ids.map((id) => new ProfileFolder(join(base, id)));
}
