import type { Actor } from "./actor.ts";
import type { App } from "./apps.ts";
import { Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import { atLeast, type RoleName } from "./roles.ts";
import type { Surroundings } from "./surroundings.ts";

export type RuleType =
  | "creation"
  | "update"
  | "deletion"
  | "non_fast_forward"
  | "pull_request"
  /** A merge waits for the check run `warren`. */
  | "required_status_checks";

/** Whom a ruleset lets past. GitHub shows it to those who may edit the ruleset, and to nobody else. */
export type Bypass =
  | { readonly kind: "app"; readonly app: App }
  | { readonly kind: "role"; readonly role: RoleName };

export interface RulesetOptions {
  readonly name: string;
  /** Branch names; `~DEFAULT_BRANCH` is the default one. */
  readonly branches: readonly string[];
  readonly rules: readonly RuleType[];
  readonly bypass?: readonly Bypass[];
  readonly enforcement?: "active" | "disabled";
}

export interface Ruleset extends Required<RulesetOptions> {
  readonly id: number;
  readonly createdAt: Date;
}

const WRITERS: readonly Bypass[] = [{ kind: "role", role: "write" }];

/** What a new repository has: a realm's branches are protected, though not from those who may write anyway. */
const USUAL: readonly RulesetOptions[] = [
  {
    name: "registry",
    branches: ["registry"],
    rules: ["creation", "update", "deletion", "non_fast_forward"],
    bypass: WRITERS,
  },
  {
    name: "default branch",
    branches: ["~DEFAULT_BRANCH"],
    rules: ["pull_request", "non_fast_forward"],
    bypass: WRITERS,
  },
];

/** A repository's rulesets on branches, and their word on each change of one. */
export class Rulesets {
  readonly #repository: Repository;
  readonly #around: Surroundings;
  #all: readonly Ruleset[] = [];

  constructor(repository: Repository, around: Surroundings) {
    this.#repository = repository;
    this.#around = around;
    this.set(USUAL);
  }

  get all(): readonly Ruleset[] {
    return this.#all;
  }

  /** In place of those that were; `set([])` leaves all branches open. */
  set(rulesets: readonly RulesetOptions[]): void {
    const { ids, now } = this.#around;
    const usual = { bypass: [], enforcement: "active" } as const;
    this.#all = rulesets.map((one) => ({ ...usual, ...one, id: ids.next(), createdAt: now() }));
  }

  /** The active ones on a branch. */
  on(branch: string): readonly Ruleset[] {
    const { defaultBranch } = this.#repository;
    return this.#all.filter(
      ({ branches, enforcement }) =>
        enforcement === "active" &&
        (branches.includes(branch) || (branch === defaultBranch && branches.includes("~DEFAULT_BRANCH"))),
    );
  }

  /** Refuses a change of a ref that breaks a rule which the actor may not bypass. */
  demand(actor: Actor, ref: string, breaks: readonly RuleType[]): void {
    if (!ref.startsWith("refs/heads/")) return;
    const broken = this.on(ref.slice("refs/heads/".length))
      .filter(({ bypass }) => !bypass.some((one) => this.#passes(actor, one)))
      .flatMap(({ rules }) => rules.filter((rule) => breaks.includes(rule)));
    const [first] = broken;
    if (first === undefined) return;
    throw new Refusal(422, `Repository rule violations found\n\n${SAYS[first]}\n\n`);
  }

  #passes(actor: Actor, bypass: Bypass): boolean {
    if (bypass.kind === "app") return actor.kind === "installation" && actor.app === bypass.app;
    // An installation that may write counts as a writer.
    if (actor.kind === "installation") return bypass.role === "write";
    return actor.kind === "person" && atLeast(this.#repository.roleOf(actor.account), bypass.role);
  }
}

const SAYS: Readonly<Record<RuleType, string>> = {
  creation: "Cannot create ref due to creations being restricted.",
  update: "Cannot update this protected ref.",
  deletion: "Cannot delete this protected ref.",
  non_fast_forward: "Cannot force-push to this branch",
  pull_request: "Changes must be made through a pull request.",
  required_status_checks: 'Required status check "warren" is expected.',
};
