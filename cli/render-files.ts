import { basename, dirname, resolve } from "node:path";
import { commitOf } from "../adapters/files/git.ts";
import { readInput } from "../adapters/files/read.ts";
import { readRegistryFolder } from "../adapters/files/registry-folder.ts";
import { writeTree } from "../adapters/files/tree.ts";
import { MANIFEST, systemOfPath } from "../core/access/manifest.ts";
import { causeOf, Failure } from "../core/failure.ts";
import { render } from "../flows/render.ts";

/** Writes what every proxy must hold into `out`; returns a line for each proxy. */
export async function renderFiles(files: {
  readonly realm: string;
  readonly registry: string;
  readonly out: string;
}): Promise<readonly string[]> {
  const text = await readInput(files.realm);
  const registry = readRegistryFolder(files.registry);
  const realmCommit = await commitOf(dirname(resolve(files.realm)), basename(files.realm));
  const registryCommit = await commitOf(resolve(files.registry), ".");
  const rendered = render({ text, file: files.realm }, registry, {
    ...(realmCommit === undefined ? {} : { realmCommit }),
    ...(registryCommit === undefined ? {} : { registryCommit }),
  });
  const proxies = [...rendered.keys()].filter((path) => path.endsWith(`/${MANIFEST}`)).map(proxyIn);
  await writeTree(files.out, rendered, (path) => {
    const ours = proxies.includes(proxyIn(path));
    return ours && systemOfPath(path.slice(proxyIn(path).length + 1)) !== undefined;
  }).catch((cause: unknown) => {
    throw new Failure("usage", `${files.out} can't be written: ${causeOf(cause)}`, { cause });
  });
  return proxies.map((proxy) => {
    const count = [...rendered.keys()].filter((path) => proxyIn(path) === proxy).length;
    return `${files.out}/${proxy}: ${count} files, sequence ${registry.sequence}`;
  });
}

const proxyIn = (path: string): string => path.split("/")[0] ?? "";
