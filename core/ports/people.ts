import type { Team } from "../realm/realm.ts";
import type { Account } from "../submission/issue.ts";

/** Who belongs to which team, by account id. Throws `Unavailable` where that can't be told. */
export interface People {
  isMember(team: Team, account: Account): Promise<boolean>;
  /** Ids of all who belong to it now; who was only invited does not. */
  members(team: Team): Promise<ReadonlySet<number>>;
}
