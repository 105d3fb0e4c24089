import type { Report } from "../check/report.ts";
import type { CommitId } from "../registry/record.ts";

/** Pull requests into the default branch, read as data: nothing of them is ever run. */
export interface PullRequests {
  /** Undefined: none of that number, closed, or not into the default branch. */
  read(number: number): Promise<PullRequest | undefined>;
  /** Numbers of the open ones whose realm.yaml is another than the default branch's, the latest first; some hundreds at most. */
  touching(): Promise<readonly number[]>;
}

export interface PullRequest {
  readonly number: number;
  readonly repositoryId: number;
  readonly head: RealmVersion;
  /** Where it left the default branch. */
  readonly start: RealmVersion;
  /** The default branch now. */
  readonly base: RealmVersion;
}

/** realm.yaml at one commit. */
export interface RealmVersion {
  readonly commit: CommitId;
  /** Where a person can read it at that commit; `#L12` may follow. */
  readonly link: string;
  readonly content:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "missing" }
    /** Not read: too long, or no text. */
    | { readonly kind: "unusable"; readonly why: string };
}

/** Where a pull request says what it would do. */
export interface Checks {
  /** May be repeated: one check run on the head, one comment edited in place. */
  show(pull: Pick<PullRequest, "number" | "head">, report: Report): Promise<void>;
  /** The same, where something was said of the pull request before; else a check run alone if one is required, or nothing. */
  update(pull: Pick<PullRequest, "number" | "head">, report: Report): Promise<void>;
}

/** What may still be asked of the forge before it limits. */
export interface Allowance {
  /** From 0, nothing, to 1, all of it; of several limits, the nearest. */
  left(): Promise<number>;
}
