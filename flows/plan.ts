import { type Access, accessOf, accessOn } from "../core/access/access.ts";
import { heldFiles } from "../core/access/bundle.ts";
import { type Drift, driftOf, NO_DRIFT } from "../core/access/drift.ts";
import type { Held } from "../core/access/held.ts";
import { type Manifest, pathsOf, systemOfPath } from "../core/access/manifest.ts";
import { fileChanges, type ProxyPlan, planOf } from "../core/access/plan.ts";
import { type Why, whyOf } from "../core/access/why.ts";
import { REVOCATIONS } from "../core/broker/revocations.ts";
import { Failure } from "../core/failure.ts";
import type { Proxies } from "../core/ports/proxies.ts";
import type { Heads, RealmSource } from "../core/ports/realm.ts";
import type { RegistryHistory, RegistryStore } from "../core/ports/registry.ts";
import type { ProxyHost, Realm } from "../core/realm/realm.ts";
import type { CommitId } from "../core/registry/record.ts";
import type { Registry } from "../core/registry/registry.ts";
import { once } from "./once.ts";
import { type RealmText, realmIn } from "./realm-text.ts";
import { expectationOf, isCurrent, readWanted } from "./wanted.ts";

/** What a change of realm.yaml would change on the proxies, by the registry as it is. */
export function plan(before: RealmText, after: RealmText, registry: Registry): readonly ProxyPlan[] {
  const next = realmIn(after);
  return planOf(accessOf(realmIn(before), registry), accessOf(next, registry), whyOf(registry, next));
}

export interface LivePlanPorts {
  readonly heads: Heads;
  readonly realm: Pick<RealmSource, "at">;
  readonly registry: RegistryStore & RegistryHistory;
  readonly proxies: Proxies;
}

/** What a sync would do with one proxy now. */
export type LivePlan = { readonly proxy: string; readonly drift: Drift } & (
  | { readonly kind: "same" }
  | { readonly kind: "changes"; readonly plan: ProxyPlan }
  /** The files that differ are known, the keys in them aren't: the commits the proxy names don't explain what it holds. */
  | { readonly kind: "unexplained"; readonly plan: ProxyPlan }
  | { readonly kind: "failed"; readonly failure: Failure }
);

/** Asks every proxy what it holds and sends nothing: what would a sync change, and what has drifted? */
export async function planLive(ports: LivePlanPorts): Promise<readonly LivePlan[]> {
  const heads = await ports.heads.read();
  const realm = realmIn({ text: heads.realm.text, file: "realm.yaml" });
  const wanted = once(() => readWanted(ports.registry, heads, realm));
  const before: Past = new Map();

  const planOne = async (host: ProxyHost): Promise<LivePlan> => {
    const proxy = host.name;
    let drift = NO_DRIFT;
    try {
      const held = await heldBy(ports.proxies, host);
      drift = driftOf(held);
      if (isCurrent(held, heads, realm, proxy)) return { proxy, kind: "same", drift };
      const now = await wanted();
      const next = now.accessOn(proxy);
      drift = driftOf(held, expectationOf(now, next, heads, held));
      const isNow = held.kind === "generation" && isAt(held.manifest, heads.realm.commit, now.registryCommit);
      const was = isNow ? next : await accessHeld(ports, before, held, proxy);
      const why = whyOf(now.registry, realm);
      return { proxy, drift, ...comparison(proxy, held, was, next, why) };
    } catch (error) {
      if (error instanceof Failure) return { proxy, kind: "failed", failure: error, drift };
      throw error;
    }
  };
  const plans = await Promise.all(realm.proxies.map(planOne));
  return plans.toSorted((a, b) => (a.proxy < b.proxy ? -1 : 1));
}

/** What was read of older commits, so that proxies that name the same share it. */
type Past = Map<string, Promise<{ readonly realm: Realm; readonly registry: Registry }>>;

const isAt = (manifest: Manifest, realm: CommitId, registry: CommitId): boolean =>
  manifest.realmCommit === realm && manifest.registryCommit === registry;

/** `was`: the access of the commits that the proxy names, if they explain what it holds. */
function comparison(
  proxy: string,
  held: Held,
  was: Access | undefined,
  next: Access,
  why: Why,
): { kind: "same" } | { kind: "changes" | "unexplained"; plan: ProxyPlan } {
  const hashes = applied(held);
  if (was === undefined || differs(was.manifest.files, hashes)) {
    const files = fileChanges(hashes, next.manifest.files);
    const changes = files.added.length + files.changed.length + files.removed.length;
    return changes === 0 ? { kind: "same" } : { kind: "unexplained", plan: { proxy, files, keys: [] } };
  }
  const [plan] = planOf(new Map([[proxy, was]]), new Map([[proxy, next]]), why);
  return plan === undefined ? { kind: "same" } : { kind: "changes", plan };
}

async function heldBy(proxies: Proxies, host: ProxyHost): Promise<Held> {
  let said: Held = { kind: "empty" };
  await proxies.exchange(host, async (held) => {
    said = held;
    return undefined;
  });
  return said;
}

/** The access of the commits that the proxy names; undefined if it names none. */
async function accessHeld(
  { realm, registry }: LivePlanPorts,
  past: Past,
  held: Held,
  proxy: string,
): Promise<Access | undefined> {
  if (held.kind === "empty") return NOTHING;
  const { realmCommit, registryCommit } = held.manifest;
  if (realmCommit === undefined || registryCommit === undefined) return undefined;
  const at = `${realmCommit} ${registryCommit}`;
  const inputs =
    past.get(at) ??
    (async () => {
      const { text } = await realm.at(realmCommit);
      const file = `realm.yaml at ${realmCommit}`;
      return { realm: realmIn({ text, file }), registry: await registry.at(registryCommit) };
    })();
  past.set(at, inputs);
  try {
    const known = await inputs;
    return accessOn(proxy, known.realm, known.registry);
  } catch (error) {
    // The proxy may name any commit at all, one that is gone or none of ours.
    if (error instanceof Failure && error.code !== "unavailable") return undefined;
    throw error;
  }
}

const NOTHING: Access = {
  files: new Map(),
  manifest: { format: 1, realm: "", proxy: "", sequence: 0, files: {} },
};

/** The hashes of what was applied, without signatures; of what was changed since, only that it was there is known. */
function applied(held: Held): Record<string, string> {
  const strays = held.kind === "generation" ? held.strays : undefined;
  const changed = Object.keys(strays?.changed ?? {});
  const known = Object.entries(heldFiles(held)).filter(([path]) => !changed.includes(path));
  const lost = [...changed, ...(strays?.missing ?? [])].map((path) => [path, CHANGED] as const);
  return Object.fromEntries([...known, ...lost].filter(([path]) => !isSignature(path)));
}

const CHANGED = "changed";

/** Made by a sync, with keys that no plan has: signatures, and the CA's list. */
function isSignature(path: string): boolean {
  if (path === REVOCATIONS) return true;
  const system = systemOfPath(path);
  return system !== undefined && path === pathsOf(system).signature;
}

function differs(access: Readonly<Record<string, string>>, held: Readonly<Record<string, string>>): boolean {
  const { added, changed, removed } = fileChanges(access, held);
  return added.length + removed.length + changed.filter((path) => held[path] !== CHANGED).length > 0;
}
