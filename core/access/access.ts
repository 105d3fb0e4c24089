import { holdersIn } from "../broker/holders.ts";
import { printHolders } from "../broker/holders-file.ts";
import { ownBrokerOn } from "../broker/hosts.ts";
import type { Realm, System } from "../realm/realm.ts";
import type { CommitId } from "../registry/record.ts";
import type { SystemRecords } from "../registry/registry.ts";
import type { Manifest } from "./manifest.ts";
import { hashesOf, pathsOf } from "./manifest.ts";
import { type Standing, systemFiles } from "./system-files.ts";

/** What one proxy must hold. */
export interface Access {
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly manifest: Manifest;
}

/**
 * Raised whenever the same realm and registry give other bytes than before: proxies that hold an older writer's files
 * are then read and compared, though their commits are the newest. A test pins the bytes.
 */
export const WRITER = 1;

/** Where the inputs are Git commits, manifests name them. */
export interface Commits {
  readonly realmCommit?: CommitId;
  readonly registryCommit?: CommitId;
}

/** What each proxy must hold, by its name. The same realm and registry give the same bytes. */
export function accessOf(
  realm: Realm,
  registry: SystemRecords,
  commits: Commits = {},
): ReadonlyMap<string, Access> {
  const names = realm.proxies.map(({ name }) => name).toSorted();
  return new Map(names.map((proxy) => [proxy, accessOn(proxy, realm, registry, commits)]));
}

/** What one of them must hold: a large realm is rendered proxy by proxy, so that memory holds but one's files. */
export function accessOn(
  proxy: string,
  realm: Realm,
  registry: SystemRecords,
  commits: Commits = {},
): Access {
  // A system that realm.yaml no longer holds has records, and gets nothing.
  const files = new Map(
    realm.systems
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((system) => {
        const standing = standingOf(proxy, system, registry);
        const own = standing === undefined ? [] : systemFiles(realm, system, registry, standing);
        return [...own, ...holdersOn(proxy, realm, system, registry)];
      }),
  );
  const { sequence } = registry;
  return {
    files,
    manifest: {
      format: 1,
      realm: realm.name,
      proxy,
      sequence,
      writer: WRITER,
      ...commits,
      files: hashesOf(files),
    },
  };
}

/** What the broker on this proxy's host, if it runs there, must know of a system; also of those that are elsewhere. */
function holdersOn(proxy: string, realm: Realm, system: System, registry: SystemRecords) {
  const broker = ownBrokerOn(proxy, realm);
  if (broker === undefined) return [];
  const holders = printHolders(holdersIn(realm, broker, system, registry));
  return [[pathsOf(system.name).holders, holders] as const];
}

/** Undefined: the proxy has no part in the system. */
function standingOf(proxy: string, system: System, registry: SystemRecords): Standing | undefined {
  if (system.proxy === proxy) return { kind: "home" };
  const entry = registry.systems.get(system.name);
  // realm.yaml moved it a moment ago: until a sweep has written when that ends, the old proxy serves on.
  if (entry?.proxy === proxy) return { kind: "left" };
  const left = entry?.left.find((one) => one.proxy === proxy);
  return left === undefined ? undefined : { kind: "left", until: left.until };
}
