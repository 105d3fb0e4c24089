import type { Forced } from "../access/forced.ts";
import type { Held } from "../access/held.ts";
import type { Instant } from "../time.ts";

/** The proxy's own disk, seen by `apply`: generations, of which one is in force. */
export interface Generations {
  current(): Promise<Held>;
  /** Runs `work` while holding the proxy's lock, so that two applies never meet. */
  locked<T>(work: () => Promise<T>): Promise<T>;
  /** Text of a file of the generation in force. */
  read(path: string): Promise<string>;
  /** Writes a new generation and syncs it to disk; returns its name. One that is never put in force is dropped. */
  stage(files: ReadonlyMap<string, string>): Promise<string>;
  /** In one rename. */
  putInForce(staged: string): Promise<void>;
  /** Replaces the manifest of the generation in force by one of newer commits that names the same files. */
  restate(manifest: string): Promise<void>;
}

/** How many keys the proxy lost lately: its guard counts them. */
export interface RemovalLog {
  since(instant: Instant): Promise<number>;
  note(at: Instant, count: number): Promise<void>;
}

/** When root's shell lifted the guard and the order of sequences: kept with the generation's name, and in syslog. */
export interface ForceLog {
  note(force: Forced): Promise<void>;
}
