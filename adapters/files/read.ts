import { readFile } from "node:fs/promises";
import { causeOf, Failure } from "../../core/failure.ts";

/** The text of a file; undefined if there is none. A file that can't be read is an exception, not a missing one. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The text of a file that a person named: one that can't be read is wrong usage. */
export const readInput = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((cause: unknown) => {
    throw new Failure("usage", `${path} can't be read: ${causeOf(cause)}`, { cause });
  });

/** Under jest an error of fs is no instance of this realm's Error: ask for its code. */
export const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
