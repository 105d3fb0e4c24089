import { readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { isMissing } from "./read.ts";

/** Writes files by their paths under `folder`; of the files there already, those that `stale` names are removed. */
export async function writeTree(
  folder: string,
  files: ReadonlyMap<string, string>,
  stale: (path: string) => boolean,
): Promise<void> {
  for (const path of await pathsUnder(folder))
    if (!files.has(path) && stale(path)) await rm(join(folder, path));
  for (const [path, text] of files) {
    makeFolder(dirname(join(folder, path)));
    await writeFile(join(folder, path), text);
  }
}

/** Every file under `folder`, relative to it; none where there is no such folder. */
async function pathsUnder(folder: string, below = ""): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const paths: string[] = [];
  for (const entry of entries) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await pathsUnder(folder, path)));
    else paths.push(path);
  }
  return paths;
}
