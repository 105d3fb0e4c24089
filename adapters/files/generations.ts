import { open, readdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkGeneration } from "../../core/access/generation.ts";
import { boundedStrays, type Held } from "../../core/access/held.ts";
import type { Manifest } from "../../core/access/manifest.ts";
import { hashOf, MANIFEST, readManifest } from "../../core/access/manifest.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import type { Generations } from "../../core/ports/proxy-disk.ts";
import { withLock } from "./lock.ts";
import { makeOpenFolder } from "./make-folder.ts";
import { isMissing, readIfThere } from "./read.ts";
import { syncFolder } from "./write.ts";

const KEPT = 5;
const STAGING = ".staging-";
/** As write-file-atomic names what it is about to rename; of the files that are written under our lock. */
const UNFINISHED = /^(?:removals|forces)\.json\.[0-9]+$/;

/**
 * `etc/warren` under a root: `generations/<n>/` holds whole sets of files, and the link `current` names the one in
 * force. sshd reads the files as the account that logs in, so all of it can be read by everyone; nothing is secret.
 */
export class DiskGenerations implements Generations {
  readonly folder: string;
  readonly #generations: string;
  readonly #current: string;

  constructor(root: string) {
    this.folder = join(root, "etc/warren");
    this.#generations = join(this.folder, "generations");
    this.#current = join(this.folder, "current");
  }

  /** Hashes what really stands on the disk, so that a sync mends what somebody else changed there. */
  async current(): Promise<Held> {
    const name = await this.name();
    if (name === undefined) return { kind: "empty" };
    const manifest = await this.#manifestOf(name);
    const files: [string, string][] = [];
    const changed = new Map<string, string>();
    const missing: string[] = [];
    for (const [path, applied] of Object.entries(manifest.files)) {
      const text = await readIfThere(join(this.#generations, name, path));
      const hash = text === undefined ? undefined : hashOf(text);
      if (text === undefined || hash === undefined) missing.push(path);
      else files.push([path, hash]);
      if (text !== undefined && hash !== applied) changed.set(path, text);
    }
    const own = new Set([MANIFEST, ...Object.keys(manifest.files)]);
    const unknown = (await plainFiles(join(this.#generations, name))).filter((path) => !own.has(path));
    const strays = boundedStrays({ changed, missing, unknown });
    const held = { name, manifest: { ...manifest, files: Object.fromEntries(files) } };
    return { kind: "generation", ...held, ...(strays === undefined ? {} : { strays }) };
  }

  async locked<T>(work: () => Promise<T>): Promise<T> {
    try {
      // sshd refuses what others may write, and can't use what the account can't read.
      await makeOpenFolder(this.folder);
      await makeOpenFolder(this.#generations);
      return await withLock(this.folder, work);
    } catch (error) {
      throw diskFailure(this.folder, error) ?? error;
    }
  }

  read(path: string): Promise<string> {
    return readFile(join(this.#current, path), "utf8");
  }

  async stage(files: ReadonlyMap<string, string>): Promise<string> {
    const name = String(Math.max(0, ...(await this.#numbers())) + 1);
    // First of all: what a killed run left may be what fills the disk.
    await this.#dropTorn();
    await this.#dropAbove(Number((await this.name()) ?? 0));
    const staging = this.#stagingOf(name);
    try {
      await makeOpenFolder(staging);
      const folders = new Set([staging]);
      for (const [path, text] of files) {
        const folder = dirname(join(staging, path));
        if (!folders.has(folder)) await makeOpenFolder(folder);
        folders.add(folder);
        await writeSynced(join(staging, path), text);
      }
      for (const folder of folders) await syncFolder(folder);
    } catch (error) {
      await this.#dropTorn();
      throw error;
    }
    return name;
  }

  async putInForce(name: string): Promise<void> {
    await rename(this.#stagingOf(name), join(this.#generations, name));
    await syncFolder(this.#generations);
    await this.#link(name);
    await this.#dropOld(name);
  }

  /** Both steps at once. */
  async switchTo(files: ReadonlyMap<string, string>): Promise<string> {
    const name = await this.stage(files);
    await this.putInForce(name);
    return name;
  }

  async restate(manifest: string): Promise<void> {
    const name = await this.name();
    if (name === undefined) throw new Failure("refused", `${this.folder} holds no generation`);
    const path = join(this.#generations, name, MANIFEST);
    await rm(`${path}.next`, { force: true });
    await writeSynced(`${path}.next`, manifest);
    await rename(`${path}.next`, path);
    await syncFolder(dirname(path));
  }

  /**
   * Puts the generation before the one in force back; the next sync goes forward again. `back` are the fingerprints of
   * keys that were taken away since, and are let in again: some of them may have been revoked.
   */
  async rollBack(): Promise<{ readonly name: string; readonly back: readonly string[] }> {
    const current = await this.name();
    const previous = (await this.#numbers()).filter((number) => number < Number(current ?? 0)).at(-1);
    if (current === undefined || previous === undefined)
      throw new Failure("refused", `${this.folder} holds no earlier generation`);
    const name = String(previous);
    const [after, before] = [await this.#keysOf(current), await this.#keysOf(name)];
    await this.#link(name);
    return { name, back: [...before].filter((key) => !after.has(key)).toSorted() };
  }

  /** Fingerprints; a file that no longer reads has none. */
  async #keysOf(name: string): Promise<ReadonlySet<string>> {
    const manifest = await this.#manifestOf(name);
    const files = new Map<string, string>();
    for (const path of Object.keys(manifest.files))
      files.set(path, (await readIfThere(join(this.#generations, name, path))) ?? "");
    const { grants } = checkGeneration(manifest, files);
    return new Set([...grants.values()].map(({ key }) => key.fingerprint));
  }

  /** The name of the generation in force. */
  async name(): Promise<string | undefined> {
    try {
      const target = await readlink(this.#current);
      const [, name] = /^generations\/([1-9][0-9]*)$/.exec(target) ?? [];
      if (name === undefined)
        throw new Failure("refused", `${this.#current} leads to ${JSON.stringify(target)}`);
      return name;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #stagingOf(name: string): string {
    return join(this.#generations, `${STAGING}${name}`);
  }

  async #link(name: string): Promise<void> {
    const next = `${this.#current}.next`;
    await rm(next, { force: true });
    await symlink(join("generations", name), next);
    await rename(next, this.#current);
    await syncFolder(this.folder);
  }

  async #manifestOf(name: string): Promise<Manifest> {
    const path = join(this.#generations, name, MANIFEST);
    const manifest = readManifest(await readFile(path, "utf8"));
    if (!manifest.ok) throw new Failure("refused", `${path}: ${manifest.problem}`);
    return manifest.value;
  }

  /** Ascending. */
  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#generations).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names
      .filter((name) => /^[1-9][0-9]*$/.test(name))
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  async #dropOld(current: string): Promise<void> {
    const old = (await this.#numbers()).slice(0, -KEPT).map(String);
    for (const name of old.filter((each) => each !== current))
      await rm(join(this.#generations, name), { recursive: true, force: true });
  }

  /** Never in force, for a run was killed before its switch, or rolled back from: no rollback may lead there. */
  async #dropAbove(current: number): Promise<void> {
    for (const number of (await this.#numbers()).filter((each) => each > current))
      await rm(join(this.#generations, String(number)), { recursive: true, force: true });
  }

  /** What a run that was killed left: half a generation, and files that were to replace others. */
  async #dropTorn(): Promise<void> {
    const torn = (await readdir(this.#generations)).filter((name) => name.startsWith(STAGING));
    for (const name of torn) await rm(join(this.#generations, name), { recursive: true, force: true });
    const unfinished = (await readdir(this.folder)).filter((name) => UNFINISHED.test(name));
    for (const name of unfinished) await rm(join(this.folder, name), { force: true });
  }
}

/** Paths of all that is no folder, relative to `folder`; a link ends in `@`, so that it passes for no file. */
async function plainFiles(folder: string, prefix = ""): Promise<string[]> {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(prefix, entry.name);
    return entry.isDirectory() ? plainFiles(folder, path) : [entry.isFile() ? path : `${path}@`];
  });
  return (await Promise.all(nested)).flat().toSorted();
}

/** What a disk says that can't take any more; everything else is a fault of the program. */
const DISK = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO"]);

function diskFailure(folder: string, error: unknown): Failure | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  if (typeof error.code !== "string" || !DISK.has(error.code)) return undefined;
  return new Failure(
    "refused",
    `${folder} can't be written, and what was in force stays: ${causeOf(error)}`,
    {
      cause: error,
      hint: `df ${folder}`,
    },
  );
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o644);
  try {
    await file.chmod(0o644);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
