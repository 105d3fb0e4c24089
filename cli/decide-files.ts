import { readFileSync } from "node:fs";
import { readRegistryFolder } from "../adapters/files/registry-folder.ts";
import { SshSignatureCheck } from "../adapters/openssh/signatures.ts";
import { decide } from "../core/decision/decide.ts";
import { decisionJson, decisionLines } from "../core/decision/decision-text.ts";
import { causeOf, Failure } from "../core/failure.ts";
import { formatProblem } from "../core/place.ts";
import { readRealm } from "../core/realm/realm.ts";
import { Registry } from "../core/registry/registry.ts";
import { readSubmission } from "../core/submission/submission.ts";
import { instantOf } from "../core/time.ts";
import { isProven } from "../flows/proof.ts";
import { readIssueFile } from "./issue-file.ts";

interface Files {
  readonly realm: string;
  readonly registry: string | undefined;
  readonly issue: string;
}

/** Decides one issue from files, with no network: the same decision as the bot's. */
export async function decideFiles(files: Files) {
  const realm = readRealm(readText(files.realm), files.realm);
  if (!realm.ok) {
    const problems = realm.problems.map(formatProblem).join("\n");
    throw new Failure("usage", `${files.realm} is invalid\n${problems}`, {
      hint: `warren validate ${files.realm}`,
    });
  }
  const registry = files.registry === undefined ? Registry.empty : readRegistryFolder(files.registry);
  const read = readIssueFile(readText(files.issue), realm.realm.repository.id ?? 0);
  if (!read.ok) throw new Failure("usage", `${files.issue} ${read.problem}`);
  const { issue, teams } = read.value;
  const submitted = readSubmission(issue.title, issue.body);
  const submission = submitted.kind === "read" ? submitted.submission : undefined;
  const decision = decide({
    realm: realm.realm,
    registry,
    issue,
    proven: await isProven(new SshSignatureCheck("warren-enroll"), issue, submission),
    isMember: (account, team) => account.id === issue.author?.id && teams.includes(team),
    now: instantOf(new Date()),
  });
  return { decision: decisionJson(decision), lines: decisionLines(decision) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure("usage", `${path} can't be read: ${causeOf(error)}`, { cause: error });
  }
}
