import type { Access } from "../core/access/access.ts";
import { type ApplyReport, type Bundle, bundleOf, heldFiles, type Outcome } from "../core/access/bundle.ts";
import { type Drift, driftOf, NO_DRIFT } from "../core/access/drift.ts";
import type { Held } from "../core/access/held.ts";
import { hashOf, pathsOf, printManifest, systemOfPath } from "../core/access/manifest.ts";
import { whyOf } from "../core/access/why.ts";
import { revokedIn } from "../core/broker/holders.ts";
import { ownBrokerOn } from "../core/broker/hosts.ts";
import { REVOCATIONS } from "../core/broker/revocations.ts";
import { Failure } from "../core/failure.ts";
import { formatId } from "../core/names.ts";
import type { RevocationLists } from "../core/ports/certificates.ts";
import type { Proxies, Signer } from "../core/ports/proxies.ts";
import type { BranchRules, Heads, RealmHeads } from "../core/ports/realm.ts";
import type { RegistryStore } from "../core/ports/registry.ts";
import type { ProxyHost, Realm } from "../core/realm/realm.ts";
import type { Registry } from "../core/registry/registry.ts";
import { once } from "./once.ts";
import { demandProtection } from "./protection.ts";
import { realmIn } from "./realm-text.ts";
import { expectationOf, isCurrent, readWanted, type Wanted } from "./wanted.ts";

export interface SyncPorts {
  readonly heads: Heads;
  readonly registry: RegistryStore;
  readonly rules: BranchRules;
  readonly proxies: Proxies;
  readonly signer: Signer;
  readonly lists: RevocationLists;
}

export interface SyncOptions {
  /** Sign every directory anew: after a change of the realm's signing key. */
  readonly signAnew?: boolean;
}

export type SyncOutcome =
  | { readonly kind: "same" }
  | { readonly kind: "changed"; readonly report: ApplyReport; readonly keys: readonly SyncedKey[] }
  /** It answered, and its guard, its grammar or its sequence said no. Nothing changed there. */
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | { readonly kind: "failed"; readonly failure: Failure };

/** A key that gained or lost access to a proxy by this sync. */
export interface SyncedKey {
  readonly kind: "gained" | "lost";
  readonly fingerprint: string;
  /** Where the registry knows whose it is or was. */
  readonly computer?: string;
  /** Where the registry knows that too. */
  readonly why?: string;
}

/** `drift` is what the proxy said before anything was sent; of a proxy that doesn't answer nothing is known. */
export type ProxySync = SyncOutcome & { readonly proxy: string; readonly drift: Drift };

export interface Synced {
  readonly heads: RealmHeads;
  readonly proxies: readonly ProxySync[];
}

/** Brings every proxy to what realm.yaml and the registry say now. One that fails doesn't stop the others. */
export async function sync(ports: SyncPorts, { signAnew = false }: SyncOptions = {}): Promise<Synced> {
  const heads = await ports.heads.read();
  const realm = realmIn({ text: heads.realm.text, file: "realm.yaml" });
  const wanted = once(() => readWanted(ports.registry, heads, realm));
  const protection = once(() => demandProtection(ports.rules, heads, realm));

  const syncOne = async (host: ProxyHost): Promise<ProxySync> => {
    const proxy = host.name;
    let drift = NO_DRIFT;
    try {
      const outcome = await ports.proxies.exchange(host, async (held) => {
        drift = driftOf(held);
        if (!signAnew && isCurrent(held, heads, realm, proxy)) return undefined;
        const now = await wanted();
        const access = await withList(now, proxy, realm, ports.lists);
        drift = driftOf(held, expectationOf(now, access, heads, held));
        const bundle = await bundleFor(access, held, ports.signer, signAnew);
        if (bundle !== undefined) await protection();
        return bundle;
      });
      if (outcome === undefined) return { proxy, kind: "same", drift };
      const { registry } = await wanted();
      return { proxy, ...cameTo(outcome, drift, namingKeys(proxy, registry, realm)), drift };
    } catch (error) {
      if (error instanceof Failure) return { proxy, kind: "failed", failure: error, drift };
      throw error;
    }
  };
  return { heads, proxies: await Promise.all(realm.proxies.toSorted(byName).map(syncOne)) };
}

/** A proxy that took nothing but newer commits of the same files is where it was. */
function cameTo(
  outcome: Outcome,
  drift: Drift,
  keysOf: (report: ApplyReport) => readonly SyncedKey[],
): SyncOutcome {
  if (outcome.kind === "refused") return outcome;
  const { report } = outcome;
  const files = report.added.length + report.changed.length + report.removed.length;
  // Sessions of revoked keys that could not be ended must be heard of, and so must a broker that was not told.
  const failed = report.sessions?.kind === "failed" || report.broker?.kind === "failed";
  if (files + drift.files.length === 0 && !failed) return { kind: "same" };
  return { kind: "changed", report, keys: keysOf(report) };
}

/** A proxy knows keys alone; the registry knows whose they are, also those that it revoked. */
function namingKeys(proxy: string, registry: Registry, realm: Realm) {
  const why = whyOf(registry, realm);
  const named =
    (kind: SyncedKey["kind"]) =>
    (fingerprint: string): SyncedKey => {
      const id = registry.holderOf(fingerprint) ?? registry.revokedFrom(fingerprint);
      const computer = id === undefined ? {} : { computer: formatId(id) };
      const says = why({ kind: kind === "gained" ? "gains" : "loses", fingerprint, proxy, ...computer });
      return { kind, fingerprint, ...computer, ...(says === undefined ? {} : { why: says }) };
    };
  return ({ keysAdded, keysRemoved }: ApplyReport): readonly SyncedKey[] => [
    ...keysAdded.map(named("gained")),
    ...keysRemoved.map(named("lost")),
  ];
}

/** What the proxy must hold, with the CA's list where the realm's own broker runs on its host. */
async function withList(now: Wanted, proxy: string, realm: Realm, lists: RevocationLists): Promise<Access> {
  const access = now.accessOn(proxy);
  const broker = ownBrokerOn(proxy, realm);
  if (broker === undefined) return access;
  const text = await lists.print(broker, revokedIn(realm, now.registry));
  const { manifest } = access;
  return {
    files: new Map([...access.files, [REVOCATIONS, text]]),
    manifest: { ...manifest, files: { ...manifest.files, [REVOCATIONS]: hashOf(text) } },
  };
}

/** What the proxy lacks; undefined where it lacks nothing. A directory that it holds keeps the signature it has. */
async function bundleFor(
  { files, manifest }: Access,
  held: Held,
  signer: Signer,
  signAnew: boolean,
): Promise<Bundle | undefined> {
  const before = heldFiles(held);
  const texts = new Map(files);
  const hashes: Record<string, string> = { ...manifest.files };
  for (const [path, text] of files) {
    const signature = signaturePath(path);
    if (signature === undefined) continue;
    const kept = keepsSignature(held, path, signature, hashes[path]) ? before[signature] : undefined;
    if (kept !== undefined && !signAnew) {
      hashes[signature] = kept;
      continue;
    }
    const armored = await signer.sign(text);
    texts.set(signature, armored);
    hashes[signature] = hashOf(armored);
  }
  const next = { ...manifest, files: hashes };
  const isHeld = held.kind === "generation" && held.strays === undefined;
  return isHeld && printManifest(held.manifest) === printManifest(next)
    ? undefined
    : bundleOf(next, held, texts);
}

/** Not one that somebody wrote over on the proxy: it would stay, and every computer would refuse the directory. */
function keepsSignature(held: Held, path: string, signature: string, hash: string | undefined): boolean {
  if (held.kind === "empty" || held.manifest.files[path] !== hash) return false;
  return held.strays === undefined || !Object.hasOwn(held.strays.changed, signature);
}

function signaturePath(path: string): string | undefined {
  const system = systemOfPath(path);
  if (system === undefined) return undefined;
  const { directory, signature } = pathsOf(system);
  return path === directory ? signature : undefined;
}

const byName = (a: ProxyHost, b: ProxyHost): number => (a.name < b.name ? -1 : 1);
