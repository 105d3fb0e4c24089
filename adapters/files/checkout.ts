import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import { readIfThere } from "./read.ts";
import { writeFile } from "./write.ts";

/** A folder that is, or will be, a checkout of a realm's repository. */
export class CheckoutFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(path: string): Promise<string | undefined> {
    return readIfThere(join(this.path, path)).catch((cause: unknown) => {
      throw new Failure("usage", `${join(this.path, path)} can't be read: ${causeOf(cause)}`, { cause });
    });
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.path, path);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (cause) {
      throw new Failure("usage", `${file} can't be written: ${causeOf(cause)}`, { cause });
    }
  }
}
