import { createHash } from "node:crypto";
import * as z from "zod";
import type { Annotation, Report } from "../../core/check/report.ts";
import type { CommitId } from "../../core/registry/record.ts";
import type { Self } from "./answering.ts";
import type { Repository } from "./client.ts";
import type { Forge } from "./forge.ts";
import { REALM_PATH } from "./realm-source.ts";

export const CHECK_NAME = "warren";
/** GitHub's most in one request; those of later requests are added to them. */
const ANNOTATIONS_A_REQUEST = 50;

const run = z.object({
  id: z.number(),
  external_id: z.string().nullish(),
  status: z.string(),
  app: z.object({ id: z.number(), slug: z.string().optional() }).nullable(),
  output: z.object({ annotations_count: z.number() }),
});
type Run = z.infer<typeof run>;
const runs = z.object({ check_runs: z.array(run) });
const made = z.object({ id: z.number() });

/** The check run on a pull request's head. GitHub shows the youngest of its name. */
export class CheckRuns {
  readonly #forge: Forge;
  readonly #repository: Repository;
  readonly #self: Self;

  constructor(forge: Forge, repository: Repository, self: Self) {
    this.#forge = forge;
    this.#repository = repository;
    this.#self = self;
  }

  /** Writes nothing if the run says so already. */
  async show(head: CommitId, report: Report): Promise<void> {
    const digest = digestOf(report);
    const [youngest] = await this.#runsOn(head);
    if (youngest?.external_id === digest && youngest.status === "completed") return;
    // Annotations are only ever added. On one head they are of one text, so those that are there are the first of ours.
    const known = youngest?.output.annotations_count ?? 0;
    const fits = youngest !== undefined && known <= report.annotations.length;
    const id = fits ? youngest.id : await this.#begin(head, report);
    const missing = fits ? report.annotations.slice(known) : report.annotations;
    const pages = pagesOf(missing);
    const { conclusion } = report;
    // The digest and the end come last: whoever finds a run without them begins anew.
    for (const [index, annotations] of pages.entries()) {
      const last = index === pages.length - 1 ? { conclusion, external_id: digest } : {};
      await this.#write(id, {
        ...last,
        output: { ...outputOf(report), annotations: annotations.map(shown) },
      });
    }
  }

  async #begin(head: CommitId, report: Report): Promise<number> {
    const start = { name: CHECK_NAME, head_sha: head, status: "in_progress", output: outputOf(report) };
    const route = "POST /repos/{owner}/{repo}/check-runs";
    return (await this.#forge.write(route, { ...this.#repository, ...start }, made)).id;
  }

  async #runsOn(head: CommitId): Promise<readonly Run[]> {
    const route = "GET /repos/{owner}/{repo}/commits/{ref}/check-runs";
    const query = { ref: head, check_name: CHECK_NAME, per_page: 100 };
    const { check_runs } = await this.#forge.get(route, { ...this.#repository, ...query }, runs);
    const ours = check_runs.filter(({ app }) =>
      "appId" in this.#self ? app?.id === this.#self.appId : `${app?.slug}[bot]` === this.#self.login,
    );
    return ours.sort((a, b) => b.id - a.id);
  }

  async #write(id: number, change: object): Promise<void> {
    const route = "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}";
    await this.#forge.write(route, { ...this.#repository, check_run_id: id, ...change }, made);
  }
}

const rules = z.array(
  z.object({
    type: z.string(),
    parameters: z
      .object({ required_status_checks: z.array(z.object({ context: z.string() })).optional() })
      .optional(),
  }),
);
const about = z.object({ default_branch: z.string() });
const MOST_RULES = 1000;

/** Whether a ruleset lets nobody merge without the check; `metadata: read` suffices. Source: "Get rules for a branch". */
export async function isRequired(forge: Forge, repository: Repository): Promise<boolean> {
  const { default_branch: branch } = await forge.get("GET /repos/{owner}/{repo}", { ...repository }, about);
  const route = "GET /repos/{owner}/{repo}/rules/branches/{branch}";
  const listed = await forge.list(route, { ...repository, branch }, rules, MOST_RULES);
  return listed.some(({ parameters }) =>
    parameters?.required_status_checks?.some(({ context }) => context === CHECK_NAME),
  );
}

const digestOf = (report: Report): string =>
  createHash("sha256").update(JSON.stringify(report)).digest("hex");

const outputOf = ({ title, body }: Pick<Report, "title" | "body">) => ({ title, summary: body });

const shown = ({ line, col, message }: Annotation) => ({
  path: REALM_PATH,
  start_line: line,
  end_line: line,
  start_column: col,
  end_column: col,
  annotation_level: "failure",
  message,
});

/** At least one, for the end must be written too. */
function pagesOf(annotations: readonly Annotation[]): readonly (readonly Annotation[])[] {
  const pages: (readonly Annotation[])[] = [];
  for (let first = 0; first === 0 || first < annotations.length; first += ANNOTATIONS_A_REQUEST)
    pages.push(annotations.slice(first, first + ANNOTATIONS_A_REQUEST));
  return pages;
}
