import { createHash } from "node:crypto";
import type { IssueContent } from "./issue-query.ts";

/** Of an issue, all that an answer can turn on and that people can change; our own comments left out. */
export type MarkedContent = Pick<
  IssueContent,
  "number" | "title" | "body" | "author" | "edits" | "events" | "editor" | "lastEditedAt"
> & {
  readonly comments: readonly Pick<
    IssueContent["comments"][number],
    "fullDatabaseId" | "lastEditedAt" | "viewerDidAuthor"
  >[];
};

const MARK = /\n*<!-- warren:([0-9a-f]{40}) -->\s*$/;

/**
 * The last line of our comment, unseen by people: a hash of what was read before it was written, and of the basis it was
 * decided on. A sweep that finds it unchanged in a listing need not read the issue. It can't let anybody in: whoever
 * forges it only makes sweeps pass an issue by, and for that it must be our comment, edited by nobody else.
 */
export function markOf(
  content: MarkedContent,
  face: { readonly label: string; readonly closed: boolean },
  basis: string,
) {
  const seen = [
    basis,
    face.label,
    face.closed,
    content.number,
    content.title,
    content.body,
    content.author?.databaseId,
    content.lastEditedAt,
    content.editor?.databaseId,
    content.edits.map(({ editedAt, editor }) => [editedAt, editor?.databaseId]),
    content.events.map(({ __typename, createdAt, actor }) => [__typename, createdAt, actor?.databaseId]),
    content.comments
      .filter(({ viewerDidAuthor }) => !viewerDidAuthor)
      .map(({ fullDatabaseId, lastEditedAt }) => [fullDatabaseId, lastEditedAt]),
  ];
  return createHash("sha256").update(JSON.stringify(seen)).digest("hex").slice(0, 40);
}

export const withMark = (body: string, mark: string): string => `${body}\n\n<!-- warren:${mark} -->`;

export const markIn = (body: string): string | undefined => MARK.exec(body)?.[1];

/** What people see of a comment of ours. */
export const withoutMark = (body: string): string => body.replace(MARK, "");
