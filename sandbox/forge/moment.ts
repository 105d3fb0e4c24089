import type { Oid } from "./git-objects.ts";
import type { Issue } from "./issue.ts";

/** What a repository looked like. */
export interface Moment {
  readonly issues: ReadonlyMap<number, Issue>;
  readonly refs: ReadonlyMap<string, Oid>;
}
