import type { Account, Issue } from "../submission/issue.ts";
import type { Instant } from "../time.ts";

/** The repository's issues. */
export interface Inbox {
  /** Everything about one issue, read anew; undefined if there is none of that number. */
  read(issue: number): Promise<Issue | undefined>;
  /** The issues updated at or after `since`, open and closed, oldest update first; a request for a hundred. */
  updatedSince(since: Instant | undefined): AsyncIterable<ListedIssue>;
  /** Numbers of an account's open submissions, the oldest first; it need not know more than a hundred. */
  openOf(author: Account): Promise<readonly number[]>;
  /** May be repeated: one comment edited in place, one state label, open or closed. */
  answer(issue: number, answer: Answer, upon?: Upon): Promise<void>;
}

/** What an answer rests on, so that a later listing can tell that nothing changed since. */
export interface Upon {
  /** As `read` gave it. */
  readonly issue: Issue;
  readonly basis: string;
}

export interface ListedIssue {
  /** Without its comments, and as if no app had made it. */
  readonly issue: Issue;
  /** Whether our answer still stands that was given upon this very content and `basis`. */
  answeredOn(basis: string): boolean;
}

export interface Answer {
  /** Markdown; everything that a stranger wrote is escaped already. */
  readonly body: string;
  readonly label: StateLabel;
  readonly state: "open" | "completed" | "not_planned";
}

export type StateLabel =
  | "warren: granted"
  | "warren: waiting"
  | "warren: refused"
  | "warren: revoked"
  | "warren: later";

/** Issues that a change of the rules may turn. */
export interface Undecided {
  /** Open ones and refused ones, each the latest first, without their comments, as if no app had made them. */
  undecided(): AsyncIterable<Issue>;
}
