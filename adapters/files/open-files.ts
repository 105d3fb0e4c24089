import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const OTHERS = 0o077;

/** The folder and the files in it that others than their owner may enter, read or write; public keys are meant to be. */
export async function openFiles(folder: string): Promise<readonly (readonly [path: string, mode: number])[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".pub"));
  const paths = [folder, ...files.map(({ name }) => join(folder, name)).sort()];
  const modes = await Promise.all(
    paths.map(async (path) => [path, (await stat(path)).mode & 0o777] as const),
  );
  return modes.filter(([, mode]) => (mode & OTHERS) !== 0);
}
