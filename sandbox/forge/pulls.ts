import type { Account } from "./accounts.ts";
import type { Actor } from "./actor.ts";
import type { Branches } from "./branches.ts";
import { diverge } from "./git-history.ts";
import type { TreeEntry } from "./git-objects.ts";
import { changedPaths, entryAt } from "./git-tree.ts";
import type { Issue } from "./issue.ts";
import { type Issues, signedIn } from "./issues.ts";
import { demand, WRITE_CONTENTS } from "./permission.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Surroundings } from "./surroundings.ts";

export interface NewPull {
  readonly title: string;
  readonly body?: string;
  readonly base: string;
  readonly head: { readonly repository: Repository; readonly ref: string };
}

/** A repository's pull requests: issues that carry a branch. */
export class Pulls {
  readonly #repository: Repository;
  readonly #issues: Issues;
  readonly #branches: Branches;
  readonly #around: Surroundings;
  readonly #open = new Map<number, Issue>();

  constructor(repository: Repository, issues: Issues, branches: Branches, around: Surroundings) {
    this.#repository = repository;
    this.#issues = issues;
    this.#branches = branches;
    this.#around = around;
  }

  list(actor: Actor): readonly Issue[] {
    return this.#issues.list(actor).filter(({ pull }) => pull !== null);
  }

  get(actor: Actor, number: number): Issue {
    const issue = this.#issues.get(actor, number);
    if (issue.pull === null) throw notFound();
    return issue;
  }

  open(actor: Actor, { title, body, base, head }: NewPull): Issue {
    const headOid = head.repository.git.ref(`refs/heads/${head.ref}`);
    if (headOid === undefined) throw invalid("PullRequest", "head", "invalid");
    if (this.#repository.git.ref(`refs/heads/${base}`) === undefined)
      throw invalid("PullRequest", "base", "invalid");
    const pull = { id: this.#around.ids.next(), head, base: { ref: base }, headOid, merged: null };
    this.#repository.git.adopt(head.repository.git, headOid);
    const issue = this.#issues.open(actor, { title, ...(body === undefined ? {} : { body }) }, pull);
    this.#repository.git.swapRef(`refs/pull/${issue.number}/head`, undefined, headOid);
    this.#open.set(issue.number, issue);
    return issue;
  }

  /** A branch moved: the pull requests that carry it move along. */
  pushed(repository: Repository, ref: string, sender: Account): void {
    for (const issue of this.#open.values()) {
      const { pull } = issue;
      if (pull === null || issue.state === "closed") continue;
      if (pull.head.repository !== repository || `refs/heads/${pull.head.ref}` !== ref) continue;
      const oid = repository.git.ref(ref);
      if (oid === undefined) continue;
      this.#repository.git.adopt(repository.git, oid);
      this.#repository.git.swapRef(`refs/pull/${issue.number}/head`, pull.headOid, oid);
      const before = pull.headOid;
      pull.headOid = oid;
      issue.updatedAt = this.#around.now();
      const event = { name: "pull_request", action: "synchronize", repository: this.#repository } as const;
      this.#around.emit({ ...event, sender, issue, before, after: oid });
    }
  }

  /** Squashes what the pull request changed into one commit on its base. */
  merge(actor: Actor, number: number): Issue {
    demand(actor, this.#repository, WRITE_CONTENTS);
    const issue = this.get(actor, number);
    const { pull } = issue;
    if (pull === null || issue.state === "closed") throw new Refusal(422, "Pull Request is not mergeable");
    const { git } = this.#repository;
    const base = this.#branches.head(actor, pull.base.ref);
    const head = git.commitOf(pull.headOid);
    const from = diverge(git, base, head)?.mergeBase;
    const changes = new Map<string, TreeEntry | null>();
    for (const { path, status, previousPath } of changedPaths(git, from?.tree, head.tree)) {
      if (previousPath !== undefined) changes.set(previousPath, null);
      changes.set(path, status === "removed" ? null : (entryAt(git, head.tree, path) ?? null));
    }
    const message = `${issue.title} (#${issue.number})`;
    const commit = this.#branches.commit(actor, {
      branch: pull.base.ref,
      expectedHead: base.oid,
      message,
      changes,
      merges: true,
    });
    const at = this.#around.now();
    const by = signedIn(actor);
    pull.merged = { at, by, commit: commit.oid };
    issue.state = "closed";
    issue.closedAt = at;
    issue.closedBy = by;
    issue.updatedAt = at;
    const event = { name: "pull_request", action: "closed", repository: this.#repository } as const;
    this.#around.emit({ ...event, sender: by, issue });
    return issue;
  }
}
