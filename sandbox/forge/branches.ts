import type { Actor } from "./actor.ts";
import { isAncestor } from "./git-history.ts";
import { type Commit, isOid, type Oid, type Signature, ZERO_OID } from "./git-objects.ts";
import { type Changes, entryAt, withChanges } from "./git-tree.ts";
import { signedIn } from "./issues.ts";
import { demand, READ_CONTENTS, WRITE_CONTENTS } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Rulesets, RuleType } from "./rulesets.ts";
import type { Surroundings } from "./surroundings.ts";

export interface CommitOnBranch {
  /** Short or full name. */
  readonly branch: string;
  readonly expectedHead: Oid;
  readonly message: string;
  readonly changes: Changes;
  /** It merges a pull request, as a ruleset may ask. */
  readonly merges?: boolean;
}

export interface RefUpdate {
  readonly name: string;
  /** Undefined: whatever it is; zeros: it must not exist. */
  readonly before: Oid | undefined;
  /** Zeros delete it. */
  readonly after: Oid;
  readonly force: boolean;
}

/** A repository's refs, and the ways to move them. */
export class Branches {
  readonly #repository: Repository;
  readonly #rulesets: Rulesets;
  readonly #around: Surroundings;

  constructor(repository: Repository, rulesets: Rulesets, around: Surroundings) {
    this.#repository = repository;
    this.#rulesets = rulesets;
    this.#around = around;
  }

  /** The commit that a branch, tag or object id names; undefined if none does. */
  resolve(actor: Actor, revision: string): Commit | undefined {
    demand(actor, this.#repository, READ_CONTENTS);
    return this.#repository.git.resolve(revision);
  }

  head(actor: Actor, branch: string): Commit {
    demand(actor, this.#repository, READ_CONTENTS);
    const oid = this.#repository.git.ref(fullName(branch));
    if (oid === undefined) throw notFound("Branch not found");
    return this.#repository.git.commitOf(oid);
  }

  /** GraphQL's createCommitOnBranch: one commit on top of exactly `expectedHead`, or STALE_DATA. */
  commit(actor: Actor, { branch, expectedHead, message, changes, merges }: CommitOnBranch): Commit {
    demand(actor, this.#repository, WRITE_CONTENTS);
    const { git } = this.#repository;
    const name = fullName(branch);
    const head = git.ref(name);
    if (head === undefined) throw notFound(`Branch "${branch}" not found.`);
    if (head !== expectedHead) {
      const words = `Expected branch to point to "${expectedHead}" but it did not.  Pull and try again.`;
      throw new Refusal(409, words, { type: "STALE_DATA" });
    }
    const base = git.commitOf(head).tree;
    for (const [path, change] of changes) {
      checkPath(path);
      if (change !== null || entryAt(git, base, path) !== undefined) continue;
      const words = `A path was requested for deletion which does not exist as of commit oid \`${head}\``;
      throw new Refusal(422, words);
    }
    this.#rulesets.demand(actor, name, merges === true ? ["update"] : ["update", "pull_request"]);
    const signature = this.signature(actor);
    const tree = withChanges(git, base, changes).oid;
    const commit = git.commit({ tree, parents: [head], author: signature, committer: signature, message });
    git.swapRef(name, head, commit.oid);
    this.#told(actor, name, head, commit.oid, false);
    return commit;
  }

  create(actor: Actor, ref: string, oid: Oid): void {
    demand(actor, this.#repository, WRITE_CONTENTS);
    if (!/^refs\/[^/]+\/./.test(ref))
      throw new Refusal(422, "Reference name must start with 'refs/' and contain a slash");
    if (!isOid(oid))
      throw new Refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].");
    if (this.#repository.git.get(oid) === undefined) throw new Refusal(422, "Object does not exist");
    this.#rulesets.demand(actor, ref, ["creation"]);
    if (!this.#repository.git.swapRef(ref, undefined, oid))
      throw new Refusal(422, "Reference already exists");
    this.#told(actor, ref, ZERO_OID, oid, false);
  }

  /** Without `force` a branch only moves forward: that is no equality, so two writers may still race. */
  move(actor: Actor, ref: string, oid: Oid, force: boolean): void {
    demand(actor, this.#repository, WRITE_CONTENTS);
    const before = this.#repository.git.ref(ref);
    if (before === undefined) throw new Refusal(422, "Reference does not exist");
    const after = this.#repository.git.findCommit(oid);
    if (after === undefined) throw new Refusal(422, "Object does not exist");
    const forward = isAncestor(this.#repository.git, before, after);
    if (!force && !forward) throw new Refusal(422, "Update is not a fast forward");
    const breaks: readonly RuleType[] = ["update", "pull_request"];
    this.#rulesets.demand(actor, ref, forward ? breaks : [...breaks, "non_fast_forward"]);
    this.#repository.git.swapRef(ref, before, oid);
    this.#told(actor, ref, before, oid, !forward);
  }

  delete(actor: Actor, ref: string): void {
    demand(actor, this.#repository, WRITE_CONTENTS);
    const before = this.#repository.git.ref(ref);
    if (before === undefined) throw new Refusal(422, "Reference does not exist");
    this.#rulesets.demand(actor, ref, ["deletion"]);
    this.#repository.git.swapRef(ref, before, undefined);
    this.#told(actor, ref, before, ZERO_OID, false);
  }

  /** GraphQL's updateRefs: all of them or none. */
  update(actor: Actor, updates: readonly RefUpdate[]): void {
    demand(actor, this.#repository, WRITE_CONTENTS);
    for (const update of updates) this.#check(update);
    for (const { name, after, force } of updates) {
      const held = this.#repository.git.ref(name);
      if (held === after) continue;
      if (after === ZERO_OID) this.delete(actor, name);
      else if (held === undefined) this.create(actor, name, after);
      else this.move(actor, name, after, force);
    }
  }

  signature(actor: Actor): Signature {
    const { id, login } = signedIn(actor);
    return { name: login, email: `${id}+${login}@users.noreply.github.com`, at: this.#around.now() };
  }

  #check({ name, before, after, force }: RefUpdate): void {
    const { git } = this.#repository;
    const held = git.ref(name);
    if (before !== undefined && (held ?? ZERO_OID) !== before) {
      const words = `Reference cannot be updated: "${name}" does not point to "${before}"`;
      throw new Refusal(422, words, { type: "STALE_DATA" });
    }
    if (after === ZERO_OID) return;
    const target = git.findCommit(after);
    if (target === undefined) throw new Refusal(422, `Object "${after}" does not exist`);
    if (held !== undefined && !force && !isAncestor(git, held, target)) {
      throw new Refusal(422, "Update is not a fast forward");
    }
  }

  #told(actor: Actor, ref: string, before: Oid, after: Oid, forced: boolean): void {
    const event = { name: "push", repository: this.#repository, sender: signedIn(actor) } as const;
    this.#around.emit({ ...event, ref, before, after, forced });
  }
}

export const fullName = (branch: string): string =>
  branch.startsWith("refs/") ? branch : `refs/heads/${branch}`;

function checkPath(path: string): void {
  const parts = path.split("/");
  const bad = parts.some((part) => part === "" || part === "." || part === ".." || part === ".git");
  if (bad) throw new Refusal(422, `path contains a malformed path component: "${path}"`);
}
