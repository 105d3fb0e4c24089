import type { Account } from "./accounts.ts";
import type { App } from "./apps.ts";
import type { EditedText } from "./edited-text.ts";
import type { Oid } from "./git-objects.ts";
import type { Repository } from "./repository.ts";

export interface Label {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export type StateReason = "completed" | "not_planned" | "reopened" | "duplicate";

/** The timeline events that clients ask for. */
export type TimelineEvent =
  | {
      readonly kind: "renamed";
      readonly id: number;
      readonly actor: Account;
      readonly at: Date;
      readonly previousTitle: string;
      readonly currentTitle: string;
    }
  | {
      readonly kind: "transferred";
      readonly id: number;
      readonly actor: Account;
      readonly at: Date;
      readonly from: Repository;
    };

export interface Comment {
  readonly id: number;
  readonly issue: Issue;
  readonly author: Account;
  readonly via: App | null;
  readonly text: EditedText;
  readonly createdAt: Date;
  updatedAt: Date;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly repository: Repository;
  readonly author: Account;
  /** The app through which it was made. */
  readonly via: App | null;
  readonly text: EditedText;
  readonly createdAt: Date;
  readonly comments: Comment[];
  readonly timeline: TimelineEvent[];
  title: string;
  state: "open" | "closed";
  stateReason: StateReason | null;
  labels: Label[];
  updatedAt: Date;
  closedAt: Date | null;
  closedBy: Account | null;
  /** Set on a pull request: GitHub numbers and lists them with the issues. */
  readonly pull: PullRequest | null;
}

export interface PullRequest {
  readonly id: number;
  /** A fork's branch, or one of the repository itself. */
  readonly head: { readonly repository: Repository; readonly ref: string };
  readonly base: { readonly ref: string };
  /** Where the head was when it was last seen; the repository keeps it as `refs/pull/<number>/head`. */
  headOid: Oid;
  merged: { readonly at: Date; readonly by: Account; readonly commit: Oid } | null;
}

/** What changed, as `issues.edited` says it. */
export interface EditChanges {
  readonly title?: { readonly from: string };
  readonly body?: { readonly from: string };
}
