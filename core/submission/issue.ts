import type { Instant } from "../time.ts";

/** A GitHub account. Its id is what counts; the login is for display, for it can change hands. */
export interface Account {
  readonly id: number;
  readonly login: string;
}

/** An issue as it was read, before anyone trusts a word of it. */
export interface Issue {
  readonly repositoryId: number;
  readonly number: number;
  /** Null where GitHub no longer knows the account ("ghost"). */
  readonly author: Account | null;
  readonly title: string;
  readonly body: string;
  readonly createdAt: Instant;
  readonly open: boolean;
  /** Made by a third-party app in the author's name: such an issue counts for nothing. */
  readonly viaApp: boolean;
  readonly history: History;
  readonly comments: readonly Comment[];
}

/** Who touched title and body since the issue was opened. REST shows none of it; GraphQL does. */
export type History =
  | { readonly kind: "unknown" }
  /** More edits or comments than anyone reads: nobody knows what stands in the rest, so none of it counts. */
  | { readonly kind: "endless"; readonly most: number }
  | { readonly kind: "known"; readonly edits: readonly Edit[] };

export interface Edit {
  readonly what: "body" | "title" | "transfer";
  /** Null where GitHub no longer knows the account. */
  readonly editor: Account | null;
  readonly at: Instant;
}

export interface Comment {
  readonly id: number;
  readonly author: Account | null;
  readonly body: string;
  readonly createdAt: Instant;
  /** Edited since it was written, by whomever: such a comment commands nothing. */
  readonly edited: boolean;
  /** Made by an app: our own or, in somebody's name, a stranger's. */
  readonly viaApp: boolean;
}
