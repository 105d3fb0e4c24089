import type { Oid, Tree, TreeEntry } from "./git-objects.ts";
import type { GitStore } from "./git-store.ts";

/** Bytes to put at a path; null deletes what is there. */
export type Changes = ReadonlyMap<string, Buffer | TreeEntry | null>;

/** What lies at a path below a tree; the empty path is the tree itself. */
export function entryAt(store: GitStore, tree: Oid, path: string): TreeEntry | undefined {
  let entry: TreeEntry = { mode: "040000", oid: tree };
  for (const name of path.split("/").filter((part) => part !== "")) {
    const next = store.findTree(entry.oid)?.entries.get(name);
    if (next === undefined) return undefined;
    entry = next;
  }
  return entry;
}

/** A new tree: `base` with some paths put in or taken out. Empty directories vanish, as in Git. */
export function withChanges(store: GitStore, base: Oid | undefined, changes: Changes): Tree {
  const entries = new Map(base === undefined ? [] : store.treeOf(base).entries);
  const below = new Map<string, Map<string, Buffer | TreeEntry | null>>();
  for (const [path, change] of changes) {
    const slash = path.indexOf("/");
    if (slash < 0) {
      setEntry(store, entries, path, change);
      continue;
    }
    const [directory, rest] = [path.slice(0, slash), path.slice(slash + 1)];
    const group = below.get(directory) ?? new Map<string, Buffer | TreeEntry | null>();
    below.set(directory, group.set(rest, change));
  }
  for (const [directory, inside] of below) {
    const held = entries.get(directory);
    const tree = withChanges(store, held?.mode === "040000" ? held.oid : undefined, inside);
    if (tree.entries.size === 0) entries.delete(directory);
    else entries.set(directory, { mode: "040000", oid: tree.oid });
  }
  return store.tree(entries);
}

function setEntry(
  store: GitStore,
  entries: Map<string, TreeEntry>,
  name: string,
  change: Buffer | TreeEntry | null,
): void {
  if (change === null) entries.delete(name);
  else if (Buffer.isBuffer(change)) {
    const mode = entries.get(name)?.mode === "100755" ? "100755" : "100644";
    entries.set(name, { mode, oid: store.blob(change).oid });
  } else entries.set(name, change);
}

/** Everything below a tree, directories before what they hold, in Git's order. */
export function* walk(store: GitStore, tree: Oid, prefix = ""): Generator<[string, TreeEntry]> {
  for (const [name, entry] of store.treeOf(tree).entries) {
    yield [`${prefix}${name}`, entry];
    if (entry.mode === "040000") yield* walk(store, entry.oid, `${prefix}${name}/`);
  }
}

export interface PathChange {
  readonly path: string;
  readonly status: "added" | "removed" | "modified" | "renamed";
  readonly before?: Oid;
  readonly after?: Oid;
  readonly previousPath?: string;
}

/** The files that differ, by path; a file that moved unchanged is one "renamed", as GitHub reports it. */
export function changedPaths(store: GitStore, before: Oid | undefined, after: Oid): PathChange[] {
  const found = [...differences(store, before, after, "")];
  const moved = new Map<Oid, PathChange>();
  for (const change of found)
    if (change.status === "removed" && change.before) moved.set(change.before, change);
  const gone = new Set<PathChange>();
  const changes = found.map((change): PathChange => {
    const from = change.status === "added" && change.after ? moved.get(change.after) : undefined;
    if (from === undefined || gone.has(from)) return change;
    gone.add(from);
    return { ...change, status: "renamed", previousPath: from.path };
  });
  return changes.filter((change) => !gone.has(change)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function* differences(
  store: GitStore,
  before: Oid | undefined,
  after: Oid | undefined,
  prefix: string,
): Generator<PathChange> {
  if (before === after) return;
  const old = before === undefined ? new Map<string, TreeEntry>() : store.treeOf(before).entries;
  const fresh = after === undefined ? new Map<string, TreeEntry>() : store.treeOf(after).entries;
  for (const name of new Set([...old.keys(), ...fresh.keys()])) {
    const path = `${prefix}${name}`;
    const [from, to] = [old.get(name), fresh.get(name)];
    if (from?.oid === to?.oid && from?.mode === to?.mode) continue;
    const [fromTree, toTree] = [treeIn(from), treeIn(to)];
    if (fromTree !== undefined || toTree !== undefined)
      yield* differences(store, fromTree, toTree, `${path}/`);
    const [fromFile, toFile] = [fileIn(from), fileIn(to)];
    if (fromFile !== undefined && toFile !== undefined)
      yield { path, status: "modified", before: fromFile, after: toFile };
    else if (fromFile !== undefined) yield { path, status: "removed", before: fromFile };
    else if (toFile !== undefined) yield { path, status: "added", after: toFile };
  }
}

const treeIn = (entry: TreeEntry | undefined): Oid | undefined =>
  entry?.mode === "040000" ? entry.oid : undefined;

const fileIn = (entry: TreeEntry | undefined): Oid | undefined =>
  entry === undefined || entry.mode === "040000" ? undefined : entry.oid;
