import { mkdirSync, statSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "../../core/failure.ts";
import { hasCode, isMissing } from "./read.ts";

/**
 * Makes a folder, and those above it that are missing; it waits for nothing, for a command's first step wants one. What
 * the system says against it is thrown as it is. Node's own `recursive` never ends where a folder that is there has none
 * made in it and calls that missing, as /proc does.
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    makeOne(path, mode);
  } catch (error) {
    const above = dirname(path);
    if (!isMissing(error) || above === path) throw error;
    makeFolder(above, mode);
    try {
      makeOne(path, mode);
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      throw new Failure("usage", `${path} can't be made: ${above} takes no folders`, { cause });
    }
  }
}

/** One that everybody may enter and read, and its owner alone writes, whatever the umask says. */
export async function makeOpenFolder(path: string): Promise<void> {
  makeFolder(path);
  await chmod(path, 0o755);
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // A link to a folder is one; a link that leads nowhere is in the way.
    const there = hasCode(error, "EEXIST") && statSync(path, { throwIfNoEntry: false });
    if (there === false || there?.isDirectory() !== true) throw error;
  }
}
