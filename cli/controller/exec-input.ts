import { access, constants, lstat, stat } from "node:fs/promises";
import { causeOf, Failure } from "../../core/failure.ts";

/**
 * Whether so many devices can each read what `--stdin` names from its beginning. A pipe by a name of its own waits for a
 * writer, and whoever waits in opening it can't even be ended by Ctrl-C; what a shell passes on (/dev/stdin) is open.
 */
export async function mustServe(path: string, devices: number): Promise<void> {
  const refuse = (what: string) => new Failure("usage", `${path} is a ${what}; name a file`);
  const [named, opened] = await Promise.all([lstat(path), stat(path), access(path, constants.R_OK)]).catch(
    (cause: unknown) => {
      throw new Failure("usage", `${path} can't be read: ${causeOf(cause)}`, { cause });
    },
  );
  if (opened.isDirectory()) throw refuse("folder");
  if (named.isFIFO()) throw refuse("pipe, and perhaps nobody writes into it");
  if (opened.isFIFO() && devices > 1) throw refuse("pipe, which one device alone can read");
}
