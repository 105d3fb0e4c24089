import {
  type Blob,
  type Commit,
  type GitObject,
  makeBlob,
  makeCommit,
  makeTree,
  type Oid,
  type Tree,
  type TreeEntry,
} from "./git-objects.ts";

/** One repository's objects and refs, in memory. */
export class GitStore {
  readonly #objects: Map<Oid, GitObject>;
  /** Full names, `refs/heads/main`. */
  readonly #refs = new Map<string, Oid>();

  constructor(objects = new Map<Oid, GitObject>()) {
    this.#objects = objects;
  }

  /** The same objects under other refs. */
  withRefs(refs: ReadonlyMap<string, Oid>): GitStore {
    const store = new GitStore(this.#objects);
    for (const [name, oid] of refs) store.#refs.set(name, oid);
    return store;
  }

  blob(bytes: Buffer): Blob {
    return this.#put(makeBlob(bytes));
  }

  tree(entries: Iterable<readonly [string, TreeEntry]>): Tree {
    return this.#put(makeTree(entries));
  }

  commit(parts: Omit<Commit, "kind" | "oid">): Commit {
    return this.#put(makeCommit(parts));
  }

  get(oid: Oid): GitObject | undefined {
    return this.#objects.get(oid);
  }

  findCommit(oid: Oid): Commit | undefined {
    const object = this.get(oid);
    return object?.kind === "commit" ? object : undefined;
  }

  findTree(oid: Oid): Tree | undefined {
    const object = this.get(oid);
    return object?.kind === "tree" ? object : undefined;
  }

  findBlob(oid: Oid): Blob | undefined {
    const object = this.get(oid);
    return object?.kind === "blob" ? object : undefined;
  }

  /** A commit, tree or blob that must be there because another object names it. */
  commitOf(oid: Oid): Commit {
    return this.findCommit(oid) ?? missing(oid);
  }

  treeOf(oid: Oid): Tree {
    return this.findTree(oid) ?? missing(oid);
  }

  blobOf(oid: Oid): Blob {
    return this.findBlob(oid) ?? missing(oid);
  }

  ref(name: string): Oid | undefined {
    return this.#refs.get(name);
  }

  refs(prefix = "refs/"): readonly (readonly [string, Oid])[] {
    return [...this.#refs].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Moves, makes or (undefined) deletes a ref if it points at `before`; false if it points elsewhere. */
  swapRef(name: string, before: Oid | undefined, after: Oid | undefined): boolean {
    if (this.#refs.get(name) !== before) return false;
    if (after === undefined) this.#refs.delete(name);
    else this.#refs.set(name, after);
    return true;
  }

  /** The commit that a branch, a tag, a full ref, an oid or an unambiguous start of one names. */
  resolve(revision: string): Commit | undefined {
    const named =
      this.ref(revision) ??
      this.ref(`refs/heads/${revision}`) ??
      this.ref(`refs/tags/${revision}`) ??
      this.ref(`refs/${revision}`);
    if (named !== undefined) return this.findCommit(named);
    if (!/^[0-9a-f]{4,40}$/.test(revision)) return undefined;
    if (revision.length === 40) return this.findCommit(revision);
    const matching = [...this.#objects.values()].filter(
      (object): object is Commit => object.kind === "commit" && object.oid.startsWith(revision),
    );
    return matching.length === 1 ? matching[0] : undefined;
  }

  /** Takes over a commit with all it reaches, as a fork shares them. */
  adopt(other: GitStore, oid: Oid): void {
    const object = other.get(oid);
    if (object === undefined || this.#objects.has(oid)) return;
    this.#put(object);
    if (object.kind === "tree") for (const entry of object.entries.values()) this.adopt(other, entry.oid);
    if (object.kind !== "commit") return;
    for (const next of [object.tree, ...object.parents]) this.adopt(other, next);
  }

  #put<T extends GitObject>(object: T): T {
    if (!this.#objects.has(object.oid)) this.#objects.set(object.oid, object);
    return object;
  }
}

function missing(oid: Oid): never {
  throw new Error(`object ${oid} is missing`);
}
