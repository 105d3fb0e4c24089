import type { Blocklist } from "../keys/blocklist.ts";
import type { Parsed } from "../place.ts";
import type { CommitId } from "../registry/record.ts";
import type { Notice } from "./notices.ts";

export interface RealmFile {
  readonly text: string;
  /** The commit it was read at. */
  readonly commit: CommitId;
  readonly repositoryId: number;
  /** Where a person can read it at that commit; `#L12` may follow. */
  readonly link: string;
}

/** realm.yaml on the default branch. */
export interface RealmSource {
  head(): Promise<RealmFile>;
  at(commit: CommitId): Promise<RealmFile>;
  /** The list that `keys.blocklist` names, as it stands at that commit; why it can't be read, where it can't. */
  blocklist(path: string, commit: CommitId): Promise<Parsed<Blocklist>>;
}

/** Where a realm stands, from one answer of the forge. */
export interface Heads {
  read(): Promise<RealmHeads>;
}

export interface RealmHeads {
  /** Its commit is the last one that touched it: other pushes to the default branch change nothing here. */
  readonly realm: RealmFile;
  readonly defaultBranch: string;
  /** The branch `registry`; undefined where there is none. */
  readonly registry: CommitId | undefined;
  /** Our own open issues about drift, the oldest first; asked for only where we may write them. */
  readonly notices: readonly Notice[];
}

/** The rules that hold on a branch. */
export interface BranchRules {
  /** Types as GitHub names them: `deletion`, `non_fast_forward`. */
  of(branch: string): Promise<ReadonlySet<string>>;
}
