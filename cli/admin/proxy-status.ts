import { join } from "node:path";
import { DiskBlockList } from "../../adapters/files/blocked.ts";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { readInput } from "../../adapters/files/read.ts";
import { revokedKeys } from "../../adapters/openssh/revoked-keys.ts";
import { DiskForceLog } from "../../adapters/sessions/forces.ts";
import { type LiveSession, RecordedSessions } from "../../adapters/sessions/recorded.ts";
import { MANIFEST, readManifest } from "../../core/access/manifest.ts";
import { fileChanges } from "../../core/access/plan.ts";
import { Failure } from "../../core/failure.ts";

/** What a proxy holds and who is connected; not sound where somebody changed files behind `apply`'s back. */
export async function statusOf(root: string) {
  const generation = await generationAt(root);
  const around = await aroundIt(root);
  return {
    document: { ...generation.document, ...around },
    lines: [...generation.lines, ...linesOf(around)],
    sound: generation.sound,
  };
}

async function generationAt(root: string) {
  const generations = new DiskGenerations(root);
  const held = await generations.current();
  if (held.kind === "empty") {
    return { document: { kind: held.kind }, lines: [`${generations.folder} holds nothing yet`], sound: true };
  }
  const applied = readManifest(await readInput(join(generations.folder, "current", MANIFEST)));
  if (!applied.ok) throw new Failure("refused", applied.problem);
  const { changed, removed } = fileChanges(applied.value.files, held.manifest.files);
  const { realm, proxy, sequence, realmCommit, registryCommit } = applied.value;
  const unknown = held.strays?.unknown ?? [];
  const drifted = [...changed, ...removed, ...unknown];
  return {
    document: { kind: held.kind, name: held.name, ...applied.value, drifted },
    lines: [
      `generation ${held.name}: proxy ${proxy} of realm ${realm}, sequence ${sequence}`,
      ...(realmCommit === undefined ? [] : [`realm.yaml at ${realmCommit}`]),
      ...(registryCommit === undefined ? [] : [`registry at ${registryCommit}`]),
      ...drifted.map((path) => `${path} is not as it was applied`),
    ],
    sound: drifted.length === 0,
  };
}

async function aroundIt(root: string) {
  const { folder } = new DiskGenerations(root);
  const sessions = new RecordedSessions(root);
  const [live, clashes, blocked, forces] = await Promise.all([
    sessions.live(),
    sessions.clashes(),
    new DiskBlockList(folder, revokedKeys).read(),
    new DiskForceLog(folder).read(),
  ]);
  const forced = forces.at(-1);
  return { sessions: countBySystem(live), blocked, clashes, ...(forced === undefined ? {} : { forced }) };
}

/** System → how many sessions its computers hold. */
function countBySystem(sessions: readonly LiveSession[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { system } of sessions) counts.set(system, (counts.get(system) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function linesOf({ sessions, blocked, clashes, forced }: Awaited<ReturnType<typeof aroundIt>>): string[] {
  const systems = Object.entries(sessions).map(([system, count]) => `${system} ${count}`);
  return [
    `sessions: ${systems.join(", ") || "none"}`,
    ...blocked.map(({ fingerprint, at, reason }) =>
      `blocked: ${fingerprint} since ${at} ${reason}`.trimEnd(),
    ),
    ...clashes.map((clash) => `clash: ${clash}`),
    ...(forced === undefined
      ? []
      : [`last forced: generation ${forced.generation} at ${forced.at} by ${forced.by}: ${forced.reason}`]),
  ];
}
