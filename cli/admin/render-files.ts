import { basename, dirname, join, resolve } from "node:path";
import { commitOf } from "../../adapters/files/git.ts";
import { readInput } from "../../adapters/files/read.ts";
import { openRegistryFolder } from "../../adapters/files/registry-folder.ts";
import { writeTree } from "../../adapters/files/tree.ts";
import { systemOfPath } from "../../core/access/manifest.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { render } from "../../flows/render.ts";

/** Writes what every proxy must hold into `out`; returns a line for each proxy. */
export async function renderFiles(files: {
  readonly realm: string;
  readonly registry: string;
  readonly out: string;
}): Promise<readonly string[]> {
  const text = await readInput(files.realm);
  const registry = openRegistryFolder(files.registry);
  const realmCommit = await commitOf(dirname(resolve(files.realm)), basename(files.realm));
  const registryCommit = await commitOf(resolve(files.registry), ".");
  const rendered = render({ text, file: files.realm }, registry, {
    ...(realmCommit === undefined ? {} : { realmCommit }),
    ...(registryCommit === undefined ? {} : { registryCommit }),
  });
  const lines: string[] = [];
  for (const { proxy, files: texts } of rendered) {
    const folder = join(files.out, proxy);
    const stale = (path: string) => systemOfPath(path) !== undefined;
    await writeTree(folder, texts, stale).catch((cause: unknown) => {
      throw new Failure("usage", `${files.out} can't be written: ${causeOf(cause)}`, { cause });
    });
    lines.push(`${files.out}/${proxy}: ${texts.size} files, sequence ${registry.sequence}`);
  }
  return lines;
}
