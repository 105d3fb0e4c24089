import type { CommitId, ComputerRecord } from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import type { SystemEntries } from "../registry/system-entry.ts";

/** The registry as it was. */
export interface RegistryHistory {
  at(commit: CommitId): Promise<Registry>;
}

export interface Snapshot {
  readonly head: CommitId;
  readonly registry: Registry;
}

/** The branch `registry`. Its writes are compare-and-swap on the branch's head. */
export interface RegistryStore {
  /** The branch as it stands. Given an earlier snapshot, only what changed since is read. */
  snapshot(since?: Snapshot): Promise<Snapshot>;
  /**
   * One commit of all `records` on top of `expected.head`. The store raises the sequence by one, and writes it into
   * registry.json and into each of the records; the systems come as they are to be written.
   */
  commit(expected: Snapshot, change: RegistryChange): Promise<Committed>;
}

export interface RegistryChange {
  readonly records: readonly ComputerRecord[];
  /** All of them, as they are after it; left out: none changes. */
  readonly systems?: SystemEntries;
  /** First line of the commit message: lower case, no full stop. */
  readonly message: string;
}

export type Committed =
  | { readonly kind: "committed"; readonly snapshot: Snapshot }
  /** Somebody else was first: read again, decide again, commit again. */
  | { readonly kind: "conflict" };
