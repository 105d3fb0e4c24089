import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DiskGenerations } from "../adapters/files/generations.ts";
import { MANIFEST, readManifest } from "../core/access/manifest.ts";
import { fileChanges } from "../core/access/plan.ts";
import { Failure } from "../core/failure.ts";

/** What a proxy holds; not sound where somebody changed files behind `apply`'s back. */
export async function statusOf(root: string) {
  const generations = new DiskGenerations(root);
  const held = await generations.current();
  if (held.kind === "empty") {
    return { document: held, lines: [`${generations.folder} holds nothing yet`], sound: true };
  }
  const applied = readManifest(await readFile(join(generations.folder, "current", MANIFEST), "utf8"));
  if (!applied.ok) throw new Failure("refused", applied.problem);
  const { changed, removed } = fileChanges(applied.value.files, held.manifest.files);
  const { realm, proxy, sequence, realmCommit, registryCommit } = applied.value;
  const drifted = [...changed, ...removed];
  return {
    document: { kind: "generation", name: held.name, ...applied.value, drifted },
    lines: [
      `generation ${held.name}: proxy ${proxy} of realm ${realm}, sequence ${sequence}`,
      ...(realmCommit === undefined ? [] : [`realm.yaml at ${realmCommit}`]),
      ...(registryCommit === undefined ? [] : [`registry at ${registryCommit}`]),
      ...drifted.map((path) => `${path} is not as it was applied`),
    ],
    sound: drifted.length === 0,
  };
}
