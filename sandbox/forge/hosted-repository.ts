import { ActionsSettings } from "./actions-settings.ts";
import { Branches } from "./branches.ts";
import { CheckRuns } from "./checks.ts";
import { Comments } from "./comments.ts";
import { Dispatches } from "./dispatches.ts";
import { Issues } from "./issues.ts";
import { Labels } from "./labels.ts";
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

  constructor(options: RepositoryOptions, around: Surroundings) {
    super(options);
    this.labels = new Labels(this, around);
    this.issues = new Issues(this, this.labels, around);
    this.comments = new Comments(this, this.issues, around);
    this.rulesets = new Rulesets(this, around);
    this.branches = new Branches(this, this.rulesets, around);
    this.dispatches = new Dispatches(this, around);
    this.actions = new ActionsSettings(this.createdAt, around);
    this.checks = new CheckRuns(this, around);
    this.pulls = new Pulls(this, this.issues, this.branches, around);
  }
}
