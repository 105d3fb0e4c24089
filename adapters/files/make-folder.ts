import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../../core/failure.ts";
import { hasCode, isMissing } from "./read.ts";

/**
 * Makes a folder, and those above it that are missing. What the system says against it is thrown as it is. Node's own
 * `recursive` never ends where a folder that is there has none made in it and calls that missing, as /proc does.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    const above = dirname(path);
    if (!isMissing(error) || above === path) throw error;
    await makeFolder(above, mode);
    await makeOne(path, mode).catch((cause: unknown) => {
      if (!isMissing(cause)) throw cause;
      throw new Failure("usage", `${path} can't be made: ${above} takes no folders`, { cause });
    });
  }
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // A link to a folder is one; a link that leads nowhere is in the way.
    const there = hasCode(error, "EEXIST") ? await stat(path).catch(() => undefined) : undefined;
    if (there?.isDirectory() !== true) throw error;
  }
}
