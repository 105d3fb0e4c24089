import { join } from "node:path";
import { inPrivateFolder } from "../../adapters/files/private-folder.ts";
import { writeSecret } from "../../adapters/files/write.ts";
import { type ForgeClient, githubClient, type Repository } from "../../adapters/github/client.ts";
import { GitHubNotices } from "../../adapters/github/notices.ts";
import { wireSync } from "../../adapters/wire.ts";
import { hasDrift } from "../../core/access/drift.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import { noticeDrift } from "../../flows/drift.ts";
import { type Synced, sync } from "../../flows/sync.ts";
import { sweepProblem, syncExit, syncJson, syncLines, syncMarkdown } from "../../flows/sync-words.ts";
import {
  addSummary,
  annotateError,
  input,
  repositoryHere,
  requiredInput,
  say,
  setOutput,
  tokenHere,
} from "../runner.ts";

try {
  const repository = repositoryHere();
  const client = githubClient(tokenHere());
  const notices = input("drift-issue") === "true";
  const { heads, proxies: results } = await syncAll(client, repository, notices);
  for (const line of syncLines(results)) say(line);
  await addSummary(`### Proxies\n\n${syncMarkdown(results)}`);
  await setOutput("changed", String(results.some(({ kind }) => kind === "changed")));
  await setOutput("drift", String(results.some(({ drift }) => hasDrift(drift))));
  await setOutput("report", JSON.stringify(syncJson(results)));
  for (const result of results) {
    if (result.kind === "refused")
      annotateError(`proxy ${result.proxy} refused: ${result.problems.join("; ")}`);
    if (result.kind === "failed") annotateError(result.failure.message);
    const unswept = sweepProblem(result);
    if (unswept !== undefined) annotateError(`proxy ${result.proxy}: ${unswept}`);
  }
  process.exitCode = syncExit(results);
  // Last: whoever may write no issue still has the proxies synced.
  if (notices) await noticeDrift(new GitHubNotices(client, repository), heads, results);
} catch (error) {
  annotateError(error instanceof Failure ? error.message : causeOf(error));
  process.exitCode = error instanceof Failure && error.code === "unavailable" ? 3 : 1;
}

/** ssh and ssh-keygen take keys from files alone: these live as long as the sync. */
function syncAll(client: ForgeClient, repository: Repository, notices: boolean): Promise<Synced> {
  const keys = { sync: requiredInput("sync-key"), signing: requiredInput("signing-key") };
  return inPrivateFolder(async (folder) => {
    const [syncKey, signingKey] = [join(folder, "sync"), join(folder, "signing")];
    // OpenSSH refuses a key whose last line has no end, and a pasted secret often has none.
    await writeSecret(syncKey, `${keys.sync}\n`);
    await writeSecret(signingKey, `${keys.signing}\n`);
    const signAnew = input("sign-anew") === "true";
    const caKey = input("ca-key") || undefined;
    return sync(wireSync({ client, repository, syncKey, signingKey, caKey, notices }), { signAnew });
  });
}
