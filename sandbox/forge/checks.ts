import type { Actor } from "./actor.ts";
import type { App } from "./apps.ts";
import { demand, READ_METADATA, WRITE_CHECKS } from "./permission.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Surroundings } from "./surroundings.ts";

export type CheckStatus = "queued" | "in_progress" | "completed";
export type Conclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required";

export interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: "notice" | "warning" | "failure";
  readonly message: string;
  readonly title?: string | undefined;
  readonly start_column?: number | undefined;
  readonly end_column?: number | undefined;
}

export interface CheckOutput {
  readonly title: string;
  readonly summary: string;
  readonly text?: string | undefined;
  readonly annotations?: readonly Annotation[] | undefined;
}

export interface CheckChange {
  readonly name?: string | undefined;
  readonly status?: CheckStatus | undefined;
  readonly conclusion?: Conclusion | undefined;
  readonly external_id?: string | undefined;
  readonly details_url?: string | undefined;
  readonly output?: CheckOutput | undefined;
}

export interface CheckRun {
  readonly id: number;
  readonly headSha: string;
  readonly app: App;
  readonly startedAt: Date;
  name: string;
  status: CheckStatus;
  conclusion: Conclusion | null;
  externalId: string | null;
  detailsUrl: string | null;
  completedAt: Date | null;
  output: CheckOutput | undefined;
  /** GitHub appends those of each update. */
  annotations: readonly Annotation[];
}

const MOST_ANNOTATIONS = 50;
const LONGEST_SUMMARY = 65_535;

/** Check runs: only apps make them. */
export class CheckRuns {
  readonly #repository: Repository;
  readonly #around: Surroundings;
  readonly #runs: CheckRun[] = [];

  constructor(repository: Repository, around: Surroundings) {
    this.#repository = repository;
    this.#around = around;
  }

  of(actor: Actor, headSha: string): readonly CheckRun[] {
    demand(actor, this.#repository, READ_METADATA);
    return this.#runs.filter((run) => run.headSha === headSha);
  }

  get(actor: Actor, id: number): CheckRun {
    demand(actor, this.#repository, READ_METADATA);
    const run = this.#runs.find((other) => other.id === id);
    if (run === undefined) throw notFound();
    return run;
  }

  create(actor: Actor, name: string, headSha: string, change: CheckChange): CheckRun {
    demand(actor, this.#repository, WRITE_CHECKS);
    if (actor.kind !== "installation") {
      throw new Refusal(403, "You must authenticate via a GitHub App.");
    }
    if (this.#repository.git.findCommit(headSha) === undefined) {
      throw new Refusal(422, `No commit found for SHA: ${headSha}`);
    }
    const run: CheckRun = {
      id: this.#around.ids.next(),
      headSha,
      app: actor.app,
      startedAt: this.#around.now(),
      name,
      status: "queued",
      conclusion: null,
      externalId: null,
      detailsUrl: null,
      completedAt: null,
      output: undefined,
      annotations: [],
    };
    this.#apply(run, change);
    this.#runs.push(run);
    return run;
  }

  update(actor: Actor, id: number, change: CheckChange): CheckRun {
    demand(actor, this.#repository, WRITE_CHECKS);
    const run = this.get(actor, id);
    if (actor.kind !== "installation" || actor.app !== run.app) {
      throw new Refusal(403, "Invalid app_id `check_run` was not created by this app");
    }
    this.#apply(run, change);
    return run;
  }

  #apply(run: CheckRun, change: CheckChange): void {
    const annotations = change.output?.annotations ?? [];
    if (annotations.length > MOST_ANNOTATIONS) throw invalid("CheckRun", "annotations", "invalid");
    if ((change.output?.summary.length ?? 0) > LONGEST_SUMMARY)
      throw invalid("CheckRun", "summary", "invalid");
    run.name = change.name ?? run.name;
    run.status = change.conclusion === undefined ? (change.status ?? run.status) : "completed";
    if (run.status === "completed" && change.conclusion === undefined && run.conclusion === null) {
      throw invalid("CheckRun", "conclusion", "missing_field");
    }
    run.conclusion = change.conclusion ?? run.conclusion;
    run.completedAt = run.status === "completed" ? (run.completedAt ?? this.#around.now()) : null;
    run.externalId = change.external_id ?? run.externalId;
    run.detailsUrl = change.details_url ?? run.detailsUrl;
    run.output = change.output ?? run.output;
    run.annotations = [...run.annotations, ...annotations];
  }
}
