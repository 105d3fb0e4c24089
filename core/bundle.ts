import type { CommitId } from "./record.ts";

/** The exact files of one proxy's generation, by SHA-256, with where they came from. */
export interface Manifest {
  readonly format: 1;
  readonly realm: string;
  readonly proxy: string;
  /** The registry's sequence: a proxy never goes back to a lower one by itself. */
  readonly sequence: number;
  /** Where the inputs were Git commits. */
  readonly realmCommit?: CommitId;
  readonly registryCommit?: CommitId;
  /** Path relative to the generation → SHA-256 in lower-case hex; sorted. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a proxy says it holds: `apply` prints it first, as one JSON line. */
export type Held =
  | { readonly kind: "empty" }
  | { readonly kind: "generation"; readonly name: string; readonly manifest: Manifest };

/** What a sync sends: the whole manifest, and of the files only what the proxy lacks. One gzipped JSON document. */
export interface Bundle {
  readonly format: 1;
  readonly manifest: Manifest;
  /** Path → text. What the manifest names and this does not must stand in the generation in force. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ApplyReport {
  readonly generation: string;
  readonly sequence: number;
  /** Paths. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Keys (fingerprints) that gained and lost access by it. */
  readonly keysAdded: readonly string[];
  readonly keysRemoved: readonly string[];
}
