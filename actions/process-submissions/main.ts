import { githubClient } from "../../adapters/github/client.ts";
import { startSync } from "../../adapters/github/sync-start.ts";
import { systemClock, wireAdmission } from "../../adapters/wire.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { earlier, type Instant, parseDuration } from "../../core/time.ts";
import { processSubmissions } from "../../flows/process-submissions.ts";
import {
  addSummary,
  annotateError,
  annotateWarning,
  input,
  issueOfEvent,
  repositoryHere,
  say,
  setOutput,
  tokenHere,
} from "../runner.ts";
import { reportOf, summaryOf } from "./report.ts";

try {
  const repository = repositoryHere();
  const client = githubClient({ ...tokenHere(), waitSeconds: 120 });
  // By its login, which no person can have; GitHub doesn't always say by which app a workflow's comment was made.
  const self = { login: `${input("app-slug") || "github-actions"}[bot]` };
  const first = await issueOfEvent();
  const seen = new Map<number, string>();
  const processed = await processSubmissions(
    wireAdmission({ client, repository, self, caKey: input("ca-key") || undefined }),
    {
      ...(first === undefined ? {} : { first, since: lookBack() }),
      saw: (issue, { kind }) => void seen.set(issue, kind),
      tell: say,
    },
  );

  for (const [issue, kind] of seen) say(`issue #${issue}: ${kind}`);
  for (const { issue, error } of processed.swept.failed) annotateError(`issue #${issue}: ${causeOf(error)}`);
  for (const { says } of processed.oddities) annotateWarning(says);
  await addSummary(summaryOf(processed, seen));
  await setOutput("changed", String(processed.moved));
  await setOutput("failed", String(processed.swept.failed.length));
  await setOutput("report", JSON.stringify(reportOf(processed, seen)));
  process.exitCode = processed.swept.failed.length > 0 ? 1 : 0;
  // Last: what failed here the schedule of the sync makes up for.
  if (processed.moved && input("start-sync") !== "false") await startSync(client, repository);
} catch (error) {
  annotateError(error instanceof Failure ? error.message : causeOf(error));
  process.exitCode = error instanceof Failure && error.code === "unavailable" ? 3 : 1;
}

function lookBack(): Instant {
  const span = parseDuration(input("look-back") || "24h");
  if (!span.ok) throw new Failure("usage", `input "look-back": ${span.problem}`);
  return earlier(systemClock.now(), span.value);
}
