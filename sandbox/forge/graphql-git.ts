import { extname } from "node:path/posix";
import { history, historyOf } from "./git-history.ts";
import type { Commit, GitObject, Oid, Signature, TreeEntry } from "./git-objects.ts";
import { entryAt } from "./git-tree.ts";
import { viewUser } from "./graphql-actor.ts";
import type { CommitHistoryArgs } from "./graphql-args.ts";
import { connect } from "./graphql-connection.ts";
import type { Viewer } from "./graphql-viewer.ts";
import { iso, nodeId } from "./ids.ts";
import type { Repository } from "./repository.ts";

/** Git objects of one repository as GraphQL shows them. */
export class GitViews {
  readonly #viewer: Viewer;
  readonly #repository: Repository;
  readonly #viewRepository: () => object;

  constructor(viewer: Viewer, repository: Repository, viewRepository: () => object) {
    this.#viewer = viewer;
    this.#repository = repository;
    this.#viewRepository = viewRepository;
  }

  ref(fullName: string, oid: Oid): object {
    const [, prefix = "", name = ""] = /^(refs\/[^/]+\/)(.*)$/.exec(fullName) ?? [];
    return {
      __typename: "Ref",
      id: nodeId("REF", `${this.#repository.id}:${fullName}`),
      name,
      prefix,
      target: () => this.object(oid),
      repository: this.#viewRepository,
    };
  }

  object(oid: Oid | undefined): object | null {
    const found = oid === undefined ? undefined : this.#repository.git.get(oid);
    return found === undefined ? null : this.#view(found);
  }

  /** `main`, `main:realm.yaml`, `registry:` or an oid, as `git rev-parse` reads it. */
  expression(text: string): object | null {
    const colon = text.indexOf(":");
    const commit = this.#repository.git.resolve(colon < 0 ? text : text.slice(0, colon));
    if (colon < 0) return commit === undefined ? this.object(text) : this.#view(commit);
    if (commit === undefined) return null;
    return this.object(entryAt(this.#repository.git, commit.tree, text.slice(colon + 1))?.oid);
  }

  #view(object: GitObject): object {
    const { links } = this.#viewer;
    const base = {
      id: nodeId(object.kind, `${this.#repository.id}:${object.oid}`),
      oid: object.oid,
      abbreviatedOid: object.oid.slice(0, 7),
      commitUrl: links.page(this.#repository, `commit/${object.oid}`),
      commitResourcePath: `/${this.#repository.fullName}/commit/${object.oid}`,
      repository: this.#viewRepository,
    };
    if (object.kind === "commit") return { ...base, ...this.#commit(object), url: base.commitUrl };
    if (object.kind === "tree") {
      const entries = () => [...object.entries].map(([name, entry]) => this.#entry(name, name, entry));
      return { ...base, __typename: "Tree", entries };
    }
    const isBinary = object.bytes.includes(0);
    const text = isBinary ? null : object.bytes.toString();
    return { ...base, __typename: "Blob", byteSize: object.bytes.length, isBinary, isTruncated: false, text };
  }

  #commit(commit: Commit): object {
    const { git } = this.#repository;
    const [headline = "", ...rest] = commit.message.split("\n");
    return {
      __typename: "Commit",
      message: commit.message,
      messageHeadline: headline,
      messageBody: rest.join("\n").replace(/^\n+/, ""),
      authoredDate: iso(commit.author.at),
      committedDate: iso(commit.committer.at),
      author: () => this.#signature(commit.author),
      committer: () => this.#signature(commit.committer),
      tree: () => this.object(commit.tree),
      parents: (args: CommitHistoryArgs) =>
        connect(
          "parents",
          args,
          commit.parents.map((oid, at) => ({ oid, at })),
          ({ at }) => [at, 0],
          ({ oid }) => this.object(oid),
        ),
      history: (args: CommitHistoryArgs) => {
        const walked = [...(args.path ? historyOf(git, commit, args.path) : history(git, commit))];
        return connect(
          "history",
          args,
          walked.map(({ oid }, at) => ({ oid, at })),
          ({ at }) => [at, 0],
          ({ oid }) => this.object(oid),
        );
      },
      file: ({ path }: { readonly path: string }) => {
        const entry = entryAt(git, commit.tree, path);
        return entry === undefined ? null : this.#entry(path.split("/").at(-1) ?? path, path, entry);
      },
    };
  }

  #entry(name: string, path: string, { mode, oid }: TreeEntry): object {
    const isTree = mode === "040000";
    return {
      name,
      path,
      mode: Number.parseInt(mode, 8),
      type: isTree ? "tree" : "blob",
      oid,
      extension: extname(name),
      size: isTree ? 0 : this.#repository.git.blobOf(oid).bytes.length,
      isGenerated: false,
      object: () => this.object(oid),
      repository: this.#viewRepository,
    };
  }

  #signature({ name, email, at }: Signature): object {
    const { forge, links } = this.#viewer;
    const [, id] = /^(\d+)\+/.exec(email) ?? [];
    const account = id === undefined ? undefined : forge.accounts.byId(Number(id));
    return { name, email, date: iso(at), user: account?.type === "User" ? viewUser(links, account) : null };
  }
}
