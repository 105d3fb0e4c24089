import type { KeyGrant } from "../core/access/authorized-keys.ts";
import {
  type Bundle,
  heldFiles,
  LONGEST_PROBLEM,
  manifestAfter,
  type Outcome,
  readBundle,
} from "../core/access/bundle.ts";
import type { Forced } from "../core/access/forced.ts";
import { checkGeneration } from "../core/access/generation.ts";
import { guardProblem, windowStart } from "../core/access/guard.ts";
import { type Held, printable } from "../core/access/held.ts";
import {
  hashOf,
  isBrokerPath,
  MANIFEST,
  type Manifest,
  printManifest,
  systemOfPath,
} from "../core/access/manifest.ts";
import { fileChanges } from "../core/access/plan.ts";
import { certificatesIn } from "../core/broker/holders-file.ts";
import type { BrokerTold } from "../core/broker/told.ts";
import { Failure } from "../core/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { ForceLog, Generations, RemovalLog } from "../core/ports/proxy-disk.ts";
import type { Sessions, SystemAccounts } from "../core/ports/proxy-host.ts";
import { isPast } from "../core/time.ts";

export interface ApplyPorts {
  readonly generations: Generations;
  readonly removals: RemovalLog;
  readonly clock: Clock;
  /** Left out: systems have no accounts here, as under another root than `/`. */
  readonly accounts?: SystemAccounts;
  readonly sessions: Sessions;
  readonly forces: ForceLog;
  /** Left out: no broker runs here. Never rejects. */
  readonly tellBroker?: () => Promise<BrokerTold>;
}

export interface ApplyOptions {
  /** The part of the keys that may go within an hour. */
  readonly guard: number;
  /** From root's shell alone: neither the guard nor a later sequence in force stops it. */
  readonly force?: Pick<Forced, "reason" | "by">;
}

/** Puts what a sync sent in force on this proxy, whole or not at all. The sender is not trusted. */
export async function apply(ports: ApplyPorts, bytes: Uint8Array, options: ApplyOptions): Promise<Outcome> {
  const bundle = readBundle(bytes);
  if (!bundle.ok) return refused(bundle.problem);
  const outcome = await ports.generations
    .locked(() => applyLocked(ports, bundle.value, options))
    .catch((error: unknown) => {
      // A full disk, say: the sender should hear of it as of any other refusal.
      if (error instanceof Failure && error.code === "refused") return refused(error.message);
      throw error;
    });
  if (outcome.kind === "refused") return outcome;
  // After the switch: a login either saw the new keys, or is recorded and found now.
  const [sessions, broker] = await Promise.all([ports.sessions.sweep(), ports.tellBroker?.()]);
  return {
    kind: "applied",
    report: { ...outcome.report, sessions, ...(broker === undefined ? {} : { broker }) },
  };
}

async function applyLocked(
  { generations, removals, clock, accounts, forces }: ApplyPorts,
  bundle: Bundle,
  { guard, force }: ApplyOptions,
): Promise<Outcome> {
  const held = await generations.current();
  const misfit = misfitOf(bundle, held) ?? (force === undefined ? lateOf(bundle, held) : undefined);
  if (misfit !== undefined) return refused(misfit);

  const read = manifestAfter(bundle, held);
  if (!read.ok) return refused(read.problem);
  const manifest = read.value;
  const now = clock.now();
  const noteForce = async (generation: string) => {
    if (force !== undefined) await forces.note({ at: now, generation, ...force });
  };
  if (held.kind === "generation" && changesNothing(bundle, held)) {
    await noteForce(held.name);
    await generations.restate(printManifest(manifest));
    const { sequence } = manifest;
    const report = { generation: held.name, sequence, ...NO_FILES, keysAdded: [], keysRemoved: [] };
    return { kind: "applied", report };
  }

  const files = await complete(bundle, manifest, generations);
  if (typeof files === "string") return refused(files);
  const { grants, problems } = checkGeneration(manifest, files);
  if (problems.length > 0) return refused(...problems);

  const old = await grantsHeld(held, generations);
  const lost = [...old].filter(([at]) => !grants.has(at));
  // A key whose time is up had no access any more.
  const removed = lost.filter(([, { end }]) => end === undefined || !isPast(end, now)).length;
  // A broker's certificates count as keys do: they let in as well.
  const before = await certificatesHeld(held, generations);
  const after = certificatesIn(files);
  const gone = removed + [...before].filter((certificate) => !after.has(certificate)).length;
  const recent = await removals.since(windowStart(now));
  const tooMany = guardProblem({ held: old.size + before.size, removed: gone, recent }, guard);
  if (tooMany !== undefined && force === undefined) return refused(tooMany);

  // An account without keys lets nobody in: those of new systems come before the switch.
  const missing = await accounts?.missing(systemsIn(manifest));
  if (missing?.ok === false) return refused(missing.problem);
  for (const system of missing?.value ?? []) await accounts?.create(system);

  const generation = await generations.stage(files.set(MANIFEST, printManifest(manifest)));
  // First the notes, then the switch: a crash between them makes the guard stricter, never laxer.
  if (gone > 0) await removals.note(now, gone);
  await noteForce(generation);
  await generations.putInForce(generation);
  return {
    kind: "applied",
    report: {
      generation,
      sequence: manifest.sequence,
      ...fileChanges(heldFiles(held), manifest.files),
      keysAdded: fingerprints([...grants].filter(([at]) => !old.has(at))),
      keysRemoved: fingerprints(lost),
    },
  };
}

/** A bundle of another realm or proxy. The first bundle says whose proxy this is. */
function misfitOf({ manifest }: Bundle, held: Held): string | undefined {
  if (held.kind === "empty") return undefined;
  for (const name of ["realm", "proxy"] as const) {
    if (manifest[name] !== held.manifest[name]) {
      return `bundle is for ${name} ${JSON.stringify(manifest[name])}; this is ${JSON.stringify(held.manifest[name])}`;
    }
  }
  return undefined;
}

/** A bundle of an older registry. */
function lateOf({ manifest }: Bundle, held: Held): string | undefined {
  return held.kind === "generation" && manifest.sequence < held.manifest.sequence
    ? `bundle has sequence ${manifest.sequence}; ${held.manifest.sequence} is in force`
    : undefined;
}

const systemsIn = ({ files }: Manifest): readonly string[] => [
  ...new Set(Object.keys(files).flatMap((path) => (isBrokerPath(path) ? [] : (systemOfPath(path) ?? [])))),
];

const NO_FILES = { added: [], changed: [], removed: [] };

/** Newer commits with the same files: no new generation, so that a rollback still leads to other files. */
const changesNothing = ({ files, removed }: Bundle, held: Held & { kind: "generation" }): boolean =>
  Object.keys(files).length + removed.length === 0 && held.strays === undefined;

/** The bundle's files, and from the generation in force those it left out; a sentence where one was changed. */
async function complete(
  bundle: Bundle,
  manifest: Manifest,
  generations: Generations,
): Promise<Map<string, string> | string> {
  const files = new Map<string, string>();
  for (const [path, hash] of Object.entries(manifest.files)) {
    const text = bundle.files[path] ?? (await generations.read(path));
    if (hashOf(text) !== hash)
      return `${JSON.stringify(path)} on the proxy's disk has not its manifest's hash`;
    files.set(path, text);
  }
  return files;
}

/** Ids of the certificates that the broker's rules in force let in; a file that no longer reads counts as none. */
async function certificatesHeld(held: Held, generations: Generations): Promise<ReadonlySet<string>> {
  const paths = Object.keys(heldFiles(held)).filter(isBrokerPath);
  return certificatesIn(
    new Map(await Promise.all(paths.map(async (path) => [path, await generations.read(path)] as const))),
  );
}

/** Keys in force; a file that no longer reads counts as none, so that a sync can mend it. */
async function grantsHeld(held: Held, generations: Generations): Promise<ReadonlyMap<string, KeyGrant>> {
  if (held.kind === "empty") return new Map();
  const paths = Object.keys(held.manifest.files).filter((path) => path.startsWith("authorized_keys/"));
  const texts = await Promise.all(paths.map(async (path) => [path, await generations.read(path)] as const));
  return checkGeneration(held.manifest, new Map(texts)).grants;
}

const fingerprints = (grants: readonly (readonly [string, KeyGrant])[]): string[] =>
  grants.map(([, { key }]) => key.fingerprint).toSorted();

const SHOWN = 20;

/** Problems quote what was sent, which may be long and may hold anything. */
const refused = (...problems: string[]): Outcome => ({
  kind: "refused",
  problems: problems.slice(0, SHOWN).map((problem) => printable(problem, LONGEST_PROBLEM)),
});
