import type { Person } from "../realm/realm.ts";
import { isCommand, readCommand } from "../submission/commands.ts";
import type { Account, Edit, Issue } from "../submission/issue.ts";
import type { Instant } from "../time.ts";
import type { Digest } from "./decision.ts";

/** The digits of a digest that `/approve` names: enough to bind, short enough to type. */
export const shortDigest = (digest: Digest): string => digest.slice("sha256:".length, "sha256:".length + 12);

/** Everyone who had a hand in the text: its author, and whoever edited it. Null: GitHub can't say who. */
export function handsOf(issue: Issue): readonly Account[] | null {
  const editors = issue.history.kind === "known" ? issue.history.edits.map(({ editor }) => editor) : [];
  const hands = new Map<number, Account>();
  for (const hand of [issue.author, ...editors]) {
    if (hand === null) return null;
    hands.set(hand.id, hand);
  }
  return [...hands.values()];
}

/**
 * Admins whose approval of exactly this text counts, each once: not a submitter, in an unedited comment of their
 * own, written after the last edit. An approval within the same second as an edit may have meant the text before it.
 */
export function approvalsOf(issue: Issue, digest: Digest, approvers: readonly Person[]): readonly Account[] {
  const lastEdit = lastEditOf(issue);
  const given = new Map<number, Account>();
  for (const comment of issue.comments) {
    const { author } = comment;
    if (author === null || !isCommand(comment)) continue;
    if (lastEdit !== undefined && comment.createdAt <= lastEdit) continue;
    if (!approvers.some(({ id }) => id === author.id)) continue;
    const read = readCommand(comment.body);
    if (read.kind !== "read" || read.command.kind !== "approve") continue;
    if (read.command.digest === shortDigest(digest)) given.set(author.id, author);
  }
  return [...given.values()];
}

/** When the text was last changed, or those of its sides that `what` names; undefined: never, as far as is known. */
export function lastEditOf(
  { history }: Issue,
  what: readonly Edit["what"][] = ["body", "title", "transfer"],
): Instant | undefined {
  if (history.kind !== "known") return undefined;
  return history.edits
    .filter((edit) => what.includes(edit.what))
    .map(({ at }) => at)
    .sort()
    .at(-1);
}
