import { aboutHash } from "../access/about-system.ts";
import type { Realm, System } from "../realm/realm.ts";
import { type Duration, type Instant, isPast, later } from "../time.ts";
import type { Registry } from "./registry.ts";
import type { SystemEntries, SystemEntry } from "./system-entry.ts";

/** A device that slept for a month still finds its way: in seconds. */
const SERVES_ON = (30 * 86_400) as Duration;

export interface SystemChange {
  readonly system: string;
  readonly why: string;
}

export interface SystemsPlan {
  /** All of them, as they must stand after the next commit. */
  readonly systems: SystemEntries;
  /** Sorted by system; empty: nothing is to be committed. */
  readonly changes: readonly SystemChange[];
}

/** What registry.json must remember of realm.yaml: where each system is, was, and when its directory changed. */
export function planSystems(realm: Realm, registry: Registry, now: Instant): SystemsPlan {
  const systems = new Map(registry.systems);
  const changes: SystemChange[] = [];
  for (const [name, entry] of registry.systems) {
    const left = entry.left.filter(({ until }) => !isPast(until, now));
    if (left.length === entry.left.length) continue;
    systems.set(name, { ...entry, left });
    const gone = entry.left.filter(({ until }) => isPast(until, now)).map(({ proxy }) => proxy);
    changes.push({
      system: name,
      why: `system ${name}: proxy ${gone.join(", ")} no longer serves its directory`,
    });
  }
  for (const system of realm.systems) {
    const entry = systems.get(system.name);
    // Nobody could have read the directory of a system without computers.
    if (entry === undefined && registry.inSystem(system.name).length === 0) continue;
    const about = aboutHash(realm, system);
    if (entry?.about === about) continue;
    const next = { proxy: system.proxy, sequence: registry.sequence + 1, about };
    systems.set(system.name, { ...next, left: entry === undefined ? [] : leftBy(system, entry, now) });
    changes.push({ system: system.name, why: `system ${system.name}: ${changeOf(system, entry, now)}` });
  }
  return { systems, changes: changes.toSorted((a, b) => (a.system < b.system ? -1 : 1)) };
}

/** The proxy that a system left after `at`, as far as the registry and realm.yaml know. */
export function movedFrom(registry: Registry, { name, proxy }: System, at: Instant): string | undefined {
  const entry = registry.systems.get(name);
  if (entry !== undefined && entry.proxy !== proxy) return entry.proxy;
  return entry?.left
    .toSorted((a, b) => (a.until < b.until ? 1 : -1))
    .find(({ until }) => later(at, SERVES_ON) < until)?.proxy;
}

/** Whoever comes back has not left; the proxy that it leaves now is put to the others. */
function leftBy({ proxy }: System, entry: SystemEntry, now: Instant): SystemEntry["left"] {
  const leaving = entry.proxy === proxy ? [] : [{ proxy: entry.proxy, until: later(now, SERVES_ON) }];
  const others = entry.left.filter((one) => one.proxy !== proxy && one.proxy !== entry.proxy);
  return [...others, ...leaving].toSorted((a, b) => (a.proxy < b.proxy ? -1 : 1));
}

function changeOf({ proxy }: System, entry: SystemEntry | undefined, now: Instant): string {
  if (entry === undefined) return `stands on proxy ${proxy}`;
  if (entry.proxy === proxy)
    return "realm.yaml says something else of it, so its directory gets a new sequence";
  return `moves from proxy ${entry.proxy} to ${proxy}; ${entry.proxy} serves its directory until ${later(now, SERVES_ON)}`;
}
