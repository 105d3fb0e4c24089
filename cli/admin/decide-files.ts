import { dirname, join } from "node:path";
import { readInput } from "../../adapters/files/read.ts";
import { readRegistryFolder } from "../../adapters/files/registry-folder.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import { decide } from "../../core/decision/decide.ts";
import { decisionJson, decisionLines } from "../../core/decision/decision-text.ts";
import { Failure } from "../../core/failure.ts";
import { readBlocklist } from "../../core/keys/blocklist.ts";
import type { Realm } from "../../core/realm/realm.ts";
import { Registry } from "../../core/registry/registry.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import { instantOf } from "../../core/time.ts";
import { isProven } from "../../flows/proof.ts";
import { realmIn } from "../../flows/realm-text.ts";
import { readIssueFile } from "./issue-file.ts";

interface Files {
  readonly realm: string;
  readonly registry: string | undefined;
  readonly issue: string;
}

/** Decides one issue from files, with no network: the same decision as the bot's. */
export async function decideFiles(files: Files) {
  const realm = await withBlocklist(
    realmIn({ text: await readInput(files.realm), file: files.realm }),
    files.realm,
  );
  const registry = files.registry === undefined ? Registry.empty : readRegistryFolder(files.registry);
  const read = readIssueFile(await readInput(files.issue), realm.repository.id ?? 0);
  if (!read.ok) throw new Failure("usage", `${files.issue} ${read.problem}`);
  const { issue, teams } = read.value;
  const submitted = readSubmission(issue.title, issue.body);
  const submission = submitted.kind === "read" ? submitted.submission : undefined;
  const decision = decide({
    realm,
    registry,
    issue,
    proven: await isProven(new SshSignatureCheck("warren-enroll"), issue, submission),
    isMember: (account, team) => account.id === issue.author?.id && teams.includes(team),
    now: instantOf(new Date()),
  });
  return { decision: decisionJson(decision), lines: decisionLines(decision) };
}

/** The list of weak keys is read beside realm.yaml; without it nothing is decided. */
async function withBlocklist(realm: Realm, file: string): Promise<Realm> {
  if (realm.keys.blocklist === undefined) return realm;
  const path = join(dirname(file), realm.keys.blocklist);
  const list = readBlocklist(await readInput(path));
  if (list.ok) return { ...realm, blocklist: list.value };
  throw new Failure("usage", `${path}: ${list.problem}`);
}
