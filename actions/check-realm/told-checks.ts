import type { Report } from "../../core/check/report.ts";
import { Failure } from "../../core/failure.ts";
import type { Checks, PullRequest } from "../../core/ports/pull-requests.ts";
import { annotateLine, say } from "../runner.ts";

type Pull = Pick<PullRequest, "number" | "head">;

/** Writes check and comment where the token may; of a fork it may not, and then the job itself is the check. */
export class ToldChecks implements Checks {
  readonly #checks: Checks;

  constructor(checks: Checks) {
    this.#checks = checks;
  }

  show(pull: Pull, report: Report): Promise<void> {
    return this.#or(() => this.#checks.show(pull, report), pull, report);
  }

  update(pull: Pull, report: Report): Promise<void> {
    return this.#or(() => this.#checks.update(pull, report), pull, report);
  }

  async #or(write: () => Promise<void>, { number }: Pull, { annotations }: Report): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "refused") throw error;
      say(`pull request ${number}: this token may not write to it; see the job's summary`);
      for (const annotation of annotations) annotateLine(annotation);
    }
  }
}
