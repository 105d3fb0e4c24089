import type { Instant } from "../time.ts";

/** What the registry remembers of one system beside its computers, so that access needs no history of realm.yaml. */
export interface SystemEntry {
  /** Where realm.yaml had it at that time. */
  readonly proxy: string;
  /** The registry's sequence at the commit that last changed `about`. */
  readonly sequence: number;
  /** SHA-256 in lower-case hex of what realm.yaml contributes to the system's directory. */
  readonly about: string;
  /** Proxies that it moved away from; sorted by name. */
  readonly left: readonly LeftProxy[];
}

/** A proxy that goes on telling a system's computers where it went. */
export interface LeftProxy {
  readonly proxy: string;
  /** The first instant at which it no longer does. */
  readonly until: Instant;
}

/** By the name of the system. One that realm.yaml drops keeps its entry: its sequence must never fall. */
export type SystemEntries = ReadonlyMap<string, SystemEntry>;
