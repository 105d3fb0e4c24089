import { ActionsSettings } from "./actions-settings.ts";
import { Branches } from "./branches.ts";
import { CheckRuns } from "./checks.ts";
import { Comments } from "./comments.ts";
import { Dispatches } from "./dispatches.ts";
import type { GitStore } from "./git-store.ts";
import type { Issue } from "./issue.ts";
import { Issues } from "./issues.ts";
import { Labels } from "./labels.ts";
import type { Moment } from "./moment.ts";
import { Pulls } from "./pulls.ts";
import { Repository, type RepositoryOptions } from "./repository.ts";
import { Rulesets } from "./rulesets.ts";
import type { Surroundings } from "./surroundings.ts";

/** A repository with all that can be done in it. */
export class HostedRepository extends Repository {
  readonly labels: Labels;
  readonly issues: Issues;
  readonly comments: Comments;
  readonly branches: Branches;
  readonly checks: CheckRuns;
  readonly pulls: Pulls;
  readonly rulesets: Rulesets;
  readonly dispatches: Dispatches;
  readonly actions: ActionsSettings;

  readonly #around: Surroundings;

  constructor(options: RepositoryOptions, around: Surroundings, like?: Like) {
    super(options, like);
    this.#around = around;
    this.labels = like?.of.labels ?? new Labels(this, around);
    this.issues = new Issues(this, this.labels, around, like?.issues);
    this.comments = new Comments(this, this.issues, around);
    this.rulesets = like?.of.rulesets ?? new Rulesets(this, around);
    this.branches = new Branches(this, this.rulesets, around);
    this.dispatches = like?.of.dispatches ?? new Dispatches(this, around);
    this.actions = like?.of.actions ?? new ActionsSettings(this.createdAt, around);
    this.checks = like?.of.checks ?? new CheckRuns(this, around);
    this.pulls = new Pulls(this, this.issues, this.branches, around);
  }

  /** The repository as it was, to be read only. */
  asOf({ issues, refs }: Moment): HostedRepository {
    const { id, owner, name, createdAt, isPrivate } = this;
    const options = { id, owner, name, createdAt, private: isPrivate };
    return new HostedRepository(options, this.#around, { of: this, git: this.git.withRefs(refs), issues });
  }
}

interface Like {
  readonly of: HostedRepository;
  readonly git: GitStore;
  readonly issues: ReadonlyMap<number, Issue>;
}
