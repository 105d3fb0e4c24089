import type { Annotation, Report } from "../../core/check/report.ts";
import { Failure } from "../../core/failure.ts";
import type { Checks, PullRequest } from "../../core/ports.ts";

type Pull = Pick<PullRequest, "number" | "head">;

/** Writes check and comment where the token may; of a fork it may not, and then the job itself is the check. */
export class ToldChecks implements Checks {
  readonly #checks: Checks;
  readonly #say: (line: string) => void;

  constructor(checks: Checks, say: (line: string) => void) {
    this.#checks = checks;
    this.#say = say;
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
      this.#say(`pull request ${number}: this token may not write to it; see the job's summary`);
      for (const annotation of annotations) this.#say(command(annotation));
    }
  }
}

/** Source: docs.github.com, "Workflow commands". A message is one line of printable text, and may hold what a stranger wrote. */
const command = ({ line, col, message }: Annotation): string =>
  `::error file=realm.yaml,line=${line},col=${col}::${message
    .replace(/%/g, "%25")
    .replace(/\r/g, "%0D")
    .replace(/\n/g, "%0A")}`;
