import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import { makeFolder } from "./make-folder.ts";
import { readIfThere, unreadable } from "./read.ts";
import { writeFile } from "./write.ts";

/** A folder that is, or will be, a checkout of a realm's repository. */
export class CheckoutFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(path: string): Promise<string | undefined> {
    const file = join(this.path, path);
    return readIfThere(file).catch((cause: unknown) => {
      throw unreadable(file, cause);
    });
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.path, path);
    try {
      await this.#makeFolder(dirname(path));
      await this.#mustBeNoLink(path);
      await writeFile(file, text);
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure("usage", `${file} can't be written: ${causeOf(cause)}`, { cause });
    }
  }
  /** One by one: somebody else's checkout may hold a link in the place of a folder, and lead out of itself. */
  async #makeFolder(path: string): Promise<void> {
    if (path !== ".") await this.#makeFolder(dirname(path));
    const folder = join(this.path, path);
    makeFolder(folder);
    if (path !== ".") await this.#mustBeNoLink(path);
  }

  async #mustBeNoLink(path: string): Promise<void> {
    const there = await lstat(join(this.path, path)).catch(() => undefined);
    if (there?.isSymbolicLink() !== true) return;
    throw new Failure("usage", `${join(this.path, path)} is a link, and may lead out of the checkout`, {
      hint: "remove it",
    });
  }
}
