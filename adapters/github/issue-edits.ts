import type { Edit } from "../../core/submission/issue.ts";
import { accountOf } from "./accounts.ts";
import type { IssueContent } from "./issue-query.ts";

/** Every trace of a change to the text, the oldest first. */
export function editsOf({
  edits,
  events,
  editor,
  lastEditedAt,
  createdAt,
  author,
}: Pick<
  IssueContent,
  "edits" | "events" | "editor" | "lastEditedAt" | "createdAt" | "author"
>): readonly Edit[] {
  const byAuthor = accountOf(author)?.id;
  const found = edits.map(
    ({ editedAt, editor: by }): Edit => ({ what: "body", editor: accountOf(by), at: editedAt }),
  );
  // GitHub keeps the first version as an edit of its own, once there is a second.
  const changes = found.filter(({ at, editor: by }) => at !== createdAt || by?.id !== byAuthor);
  if (lastEditedAt !== null && !changes.some(({ at }) => at === lastEditedAt)) {
    changes.push({ what: "body", editor: accountOf(editor), at: lastEditedAt });
  }
  for (const { __typename, createdAt: at, actor } of events) {
    const what = __typename === "RenamedTitleEvent" ? "title" : "transfer";
    changes.push({ what, editor: accountOf(actor), at });
  }
  return changes.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
