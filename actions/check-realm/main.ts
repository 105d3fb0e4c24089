import { githubClient } from "../../adapters/github/client.ts";
import { wireCheck } from "../../adapters/wire.ts";
import type { Report } from "../../core/check/report.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { type Checked, checkPull } from "../../flows/check.ts";
import { addSummary, annotateError, input, repositoryHere, say, setOutput, tokenHere } from "../runner.ts";
import { pullHere } from "./pull-of-event.ts";
import { ToldChecks } from "./told-checks.ts";

/** The job's summary holds a megabyte, and each report up to 60 kB of it. */
const MOST_BODIES = 10;

interface Found {
  readonly number: number;
  readonly report: Report;
}

try {
  const repository = repositoryHere();
  const client = githubClient(tokenHere());
  const self = { login: `${input("app-slug") || "github-actions"}[bot]` };
  const wired = wireCheck({ client, repository, self });
  const ports = { ...wired, checks: new ToldChecks(wired.checks) };
  const one = await pullHere();
  const found: Found[] = [];
  let failed = false;
  for (const number of one === undefined ? await ports.pulls.touching() : [one]) {
    // Of many, one that fails stops no other.
    const checked = await checkPull(ports, number).catch((error: unknown): Checked | undefined => {
      if (one !== undefined) throw error;
      annotateError(`pull request ${number}: ${causeOf(error)}`);
      return undefined;
    });
    failed ||= checked === undefined || checked.kind === "later" || checked.kind === "postponed";
    if (checked?.kind === "postponed") {
      annotateError("half of what GitHub allows in this hour is used: a later run checks the rest");
      break;
    }
    if (checked !== undefined && "report" in checked) found.push({ number, report: checked.report });
  }

  for (const { number, report } of found)
    say(`pull request ${number}: ${report.conclusion}, ${report.title}`);
  if (found.length === 0) say("realm.yaml is not touched");
  await addSummary(summaryOf(found));
  await setOutput("conclusion", one === undefined ? "" : (found[0]?.report.conclusion ?? ""));
  const titles = found.map(({ number, report: { conclusion, title } }) => ({ number, conclusion, title }));
  await setOutput("report", JSON.stringify(titles));
  // Of all the open ones, each has a check of its own: the job only says whether it could make them.
  process.exitCode = failed ? 3 : one !== undefined && found.some(stops) ? 1 : 0;
} catch (error) {
  annotateError(error instanceof Failure ? error.message : causeOf(error));
  process.exitCode = error instanceof Failure && error.code === "unavailable" ? 3 : 1;
}

function stops({ report: { conclusion } }: Found): boolean {
  return conclusion === "failure" || conclusion === "action_required";
}

function summaryOf(found: readonly Found[]): string {
  const parts = found.map(
    ({ number, report: { body, title } }, index) =>
      `### Pull request #${number}\n\n${index < MOST_BODIES ? body : title}\n`,
  );
  return parts.length === 0 ? "realm.yaml is not touched.\n" : parts.join("\n");
}
