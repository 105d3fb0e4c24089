import type { Account } from "./accounts.ts";
import type { Oid } from "./git-objects.ts";
import type { Comment, EditChanges, Issue, Label } from "./issue.ts";
import type { Repository } from "./repository.ts";

interface Base {
  readonly repository: Repository;
  readonly sender: Account;
}

/** What happened, told once to whoever listens; the webhooks make payloads of it. */
export type ForgeEvent =
  | (Base & {
      readonly name: "issues";
      readonly action: "opened" | "closed" | "reopened" | "deleted";
      readonly issue: Issue;
      /** A transfer in: where the issue was before. */
      readonly movedFrom?: Issue;
    })
  | (Base & {
      readonly name: "issues";
      readonly action: "edited";
      readonly issue: Issue;
      readonly changes: EditChanges;
    })
  | (Base & {
      readonly name: "issues";
      readonly action: "labeled" | "unlabeled";
      readonly issue: Issue;
      readonly label: Label;
    })
  | (Base & {
      readonly name: "issues";
      readonly action: "transferred";
      readonly issue: Issue;
      readonly movedTo: Issue;
    })
  | (Base & {
      readonly name: "issue_comment";
      readonly action: "created" | "edited" | "deleted";
      readonly comment: Comment;
      readonly changes?: EditChanges;
    })
  | (Base & {
      readonly name: "push";
      readonly ref: string;
      readonly before: Oid;
      readonly after: Oid;
      readonly forced: boolean;
    })
  | (Base & {
      readonly name: "pull_request";
      readonly action: "opened" | "closed" | "reopened";
      readonly issue: Issue;
    })
  | (Base & {
      readonly name: "pull_request";
      readonly action: "synchronize";
      readonly issue: Issue;
      readonly before: Oid;
      readonly after: Oid;
    })
  | (Base & {
      readonly name: "pull_request";
      readonly action: "edited";
      readonly issue: Issue;
      readonly changes: EditChanges;
    })
  | (Base & {
      readonly name: "pull_request";
      readonly action: "labeled" | "unlabeled";
      readonly issue: Issue;
      readonly label: Label;
    })
  | (Base & {
      readonly name: "repository_dispatch";
      /** Whatever name its sender gave it. */
      readonly action: string;
      readonly payload: Readonly<Record<string, unknown>>;
    });

/** Where GitHub tells what happens to an issue, and where what happens to a pull request. */
export const eventOf = ({ pull }: Issue): "issues" | "pull_request" =>
  pull === null ? "issues" : "pull_request";

export type Emit = (event: ForgeEvent) => void;
