import type { Commit, Oid } from "./git-objects.ts";
import type { GitStore } from "./git-store.ts";
import { entryAt } from "./git-tree.ts";

/** A commit and all before it, the newest first. */
export function* history(store: GitStore, from: Commit): Generator<Commit> {
  const seen = new Set([from.oid]);
  const waiting = [from];
  for (let commit = waiting.shift(); commit !== undefined; commit = waiting.shift()) {
    yield commit;
    for (const oid of commit.parents) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const parent = store.commitOf(oid);
      const at = waiting.findIndex((other) => other.committer.at < parent.committer.at);
      waiting.splice(at < 0 ? waiting.length : at, 0, parent);
    }
  }
}

/** The commits of a history that changed what lies at `path`. */
export function* historyOf(store: GitStore, from: Commit, path: string): Generator<Commit> {
  for (const commit of history(store, from)) {
    const [parent] = commit.parents;
    const before = parent === undefined ? undefined : entryAt(store, store.commitOf(parent).tree, path)?.oid;
    if (before !== entryAt(store, commit.tree, path)?.oid) yield commit;
  }
}

export function isAncestor(store: GitStore, older: Oid, newer: Commit): boolean {
  for (const commit of history(store, newer)) if (commit.oid === older) return true;
  return false;
}

export interface Divergence {
  readonly mergeBase: Commit;
  /** Commits that only `head` has, the oldest first. */
  readonly ahead: readonly Commit[];
  readonly behind: number;
}

/**
 * The commits after `base` up to `head`, the newest first, where one follows the other in a single line: the usual
 * case, told without walking all of a long history. Undefined where it is not so.
 */
export function lineBetween(store: GitStore, base: Oid, head: Commit): Commit[] | undefined {
  const line: Commit[] = [];
  for (let commit = head; commit.oid !== base; ) {
    line.push(commit);
    const [parent, another] = commit.parents;
    if (parent === undefined || another !== undefined) return undefined;
    commit = store.commitOf(parent);
  }
  return line;
}

/** Undefined where two commits have no history in common. */
export function diverge(store: GitStore, base: Commit, head: Commit): Divergence | undefined {
  const line = lineBetween(store, base.oid, head);
  if (line !== undefined) return { mergeBase: base, ahead: line.reverse(), behind: 0 };
  const ofBase = new Set([...history(store, base)].map(({ oid }) => oid));
  const ofHead = [...history(store, head)];
  const mergeBase = ofHead.find(({ oid }) => ofBase.has(oid));
  if (mergeBase === undefined) return undefined;
  const ahead = ofHead.filter(({ oid }) => !ofBase.has(oid)).reverse();
  const heads = new Set(ofHead.map(({ oid }) => oid));
  const behind = [...ofBase].filter((oid) => !heads.has(oid)).length;
  return { mergeBase, ahead, behind };
}
