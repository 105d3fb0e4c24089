import { type Access, accessOf } from "../core/access/access.ts";
import type { ApplyReport, Bundle, Held, Outcome } from "../core/access/bundle.ts";
import { hashOf, pathsOf, systemOfPath } from "../core/access/manifest.ts";
import { fileChanges } from "../core/access/plan.ts";
import { Failure } from "../core/failure.ts";
import { formatId } from "../core/names.ts";
import type { Proxies, RealmSource, RegistryStore, Signer } from "../core/ports.ts";
import type { ProxyHost } from "../core/realm/realm.ts";
import type { Registry } from "../core/registry/registry.ts";
import { realmIn } from "./realm-text.ts";

export interface SyncPorts {
  readonly realm: RealmSource;
  readonly registry: RegistryStore;
  readonly proxies: Proxies;
  readonly signer: Signer;
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
}

export type ProxySync = SyncOutcome & { readonly proxy: string };

/** Brings every proxy to what realm.yaml and the registry say now. One that fails doesn't stop the others. */
export async function sync(ports: SyncPorts, options: SyncOptions = {}): Promise<readonly ProxySync[]> {
  // realm.yaml first: a registry that is newer than it names at worst a system that it doesn't hold yet.
  const file = await ports.realm.head();
  const { head: registryCommit, registry } = await ports.registry.snapshot();
  const realm = realmIn({ text: file.text, file: "realm.yaml" });
  const accesses = accessOf(realm, registry, { realmCommit: file.commit, registryCommit });
  return Promise.all(
    [...accesses].map(async ([name, access]): Promise<ProxySync> => {
      const host = realm.proxies.find((proxy) => proxy.name === name);
      if (host === undefined) throw new Error(`realm has no proxy ${name}`);
      const outcome = await syncOne(ports, host, access, options);
      return outcome.kind === "applied"
        ? { proxy: name, kind: "changed", report: outcome.report, keys: keysOf(outcome.report, registry) }
        : { proxy: name, ...outcome };
    }),
  );
}

async function syncOne(
  { proxies, signer }: SyncPorts,
  host: ProxyHost,
  access: Access,
  options: SyncOptions,
): Promise<Outcome | Exclude<SyncOutcome, { kind: "changed" }>> {
  try {
    const outcome = await proxies.exchange(host, (held) => bundleFor(access, held, signer, options));
    return outcome ?? { kind: "same" };
  } catch (error) {
    if (error instanceof Failure) return { kind: "failed", failure: error };
    throw error;
  }
}

/** A proxy knows keys alone; the registry knows whose they are, also those that it revoked. */
function keysOf({ keysAdded, keysRemoved }: ApplyReport, registry: Registry): readonly SyncedKey[] {
  const named =
    (kind: SyncedKey["kind"]) =>
    (fingerprint: string): SyncedKey => {
      const id = registry.holderOf(fingerprint) ?? registry.revokedFrom(fingerprint);
      return { kind, fingerprint, ...(id === undefined ? {} : { computer: formatId(id) }) };
    };
  return [...keysAdded.map(named("gained")), ...keysRemoved.map(named("lost"))];
}

/** What the proxy lacks; undefined where it lacks nothing. A directory that it holds keeps the signature it has. */
async function bundleFor(
  { files, manifest }: Access,
  held: Held,
  signer: Signer,
  { signAnew = false }: SyncOptions,
): Promise<Bundle | undefined> {
  const before = held.kind === "empty" ? {} : held.manifest.files;
  const texts = new Map(files);
  const hashes: Record<string, string> = { ...manifest.files };
  for (const [path, text] of files) {
    const signature = signaturePath(path);
    if (signature === undefined) continue;
    const kept = before[path] === hashes[path] ? before[signature] : undefined;
    if (kept !== undefined && !signAnew) {
      hashes[signature] = kept;
      continue;
    }
    const armored = await signer.sign(text);
    texts.set(signature, armored);
    hashes[signature] = hashOf(armored);
  }
  const { added, changed, removed } = fileChanges(before, hashes);
  if (added.length + changed.length + removed.length === 0) return undefined;
  const lacking = [...added, ...changed].flatMap((path) => {
    const text = texts.get(path);
    return text === undefined ? [] : [[path, text] as const];
  });
  return { format: 1, manifest: { ...manifest, files: hashes }, files: Object.fromEntries(lacking) };
}

function signaturePath(path: string): string | undefined {
  const system = systemOfPath(path);
  if (system === undefined) return undefined;
  const { directory, signature } = pathsOf(system);
  return path === directory ? signature : undefined;
}
