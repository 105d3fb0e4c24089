import { profileFolders } from "../../adapters/files/profile-folder.ts";
import { GitHubIssues, type IssueStatus } from "../../adapters/github/submissions.ts";
import { wireVerification } from "../../adapters/wire.ts";
import { shortDigest } from "../../core/decision/approvals.ts";
import { markdownLines } from "../../core/decision/markdown-text.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/quote.ts";
import { readCommand } from "../../core/submission/commands.ts";
import { digestOf } from "../../core/submission/digest.ts";
import { githubOf } from "../github.ts";
import { repositoryHere, repositoryNamed } from "../realm-of.ts";
import { type Revoke, type Revoked, revokeFromHere } from "./revoke-run.ts";

/** Approves exactly the text whose digest is given; returns what to print. */
export async function approveIssue(
  issue: string,
  digest: string | undefined,
  repository: string | undefined,
): Promise<string> {
  const number = numberOf(issue);
  const here = await repositoryWithToken(repository);
  const issues = new GitHubIssues(here.client, here.repository);
  const status = await issues.status(number);
  const shown = /\/approve ([0-9a-f]{12})/.exec(status.comment ?? "")?.[1];
  if (digest === undefined) {
    const hint =
      shown === undefined
        ? `see ${status.url}`
        : `read it at ${status.url}, then warren approve ${number} ${shown}`;
    throw new Failure("usage", `approve needs the digest of what you have read\n${textOf(status)}`, { hint });
  }
  if (shown === undefined) {
    throw new Failure("refused", `issue #${number} waits for no approval`, { hint: `see ${status.url}` });
  }
  if (shown !== digest) {
    const hint = `read it again at ${status.url}`;
    throw new Failure("refused", `issue #${number} has the digest ${shown} now, not ${quoted(digest)}`, {
      hint,
    });
  }
  // What the bot showed is not believed: the digest must be that of the text which stands there now.
  const { repositoryId } = await wireVerification(here).realm.head();
  const stands = shortDigest(digestOf({ ...(await issues.written(number)), repositoryId }));
  if (stands !== digest) {
    const hint = `read it again at ${status.url}`;
    throw new Failure(
      "refused",
      `issue #${number} as it stands has the digest ${stands}, not ${quoted(digest)}`,
      {
        hint,
      },
    );
  }
  return comment(issues, status, `/approve ${digest}`);
}

export async function denyIssue(
  issue: string,
  reason: string,
  repository: string | undefined,
): Promise<string> {
  const issues = await issuesOf(repository);
  return comment(issues, await issues.status(numberOf(issue)), `/deny ${reason}`);
}

export async function revokeComputers(
  revoke: Revoke,
  repository: string | undefined,
): Promise<readonly Revoked[]> {
  const here = await repositoryWithToken(repository);
  return revokeFromHere(new GitHubIssues(here.client, here.repository), wireVerification(here), revoke);
}

/** Says it in the words that the bot reads, or not at all. */
async function comment(issues: GitHubIssues, { number, url }: IssueStatus, words: string): Promise<string> {
  const command = readCommand(words);
  if (command.kind !== "read") {
    throw new Failure(
      "usage",
      command.kind === "unreadable" ? command.problem : `${quoted(words)} is no command`,
    );
  }
  await issues.comment(number, words);
  return `commented ${words} on ${url}`;
}

async function issuesOf(named: string | undefined): Promise<GitHubIssues> {
  const { client, repository } = await repositoryWithToken(named);
  return new GitHubIssues(client, repository);
}

async function repositoryWithToken(repository: string | undefined) {
  const client = await githubOf();
  if (client === undefined) {
    throw new Failure("usage", "GITHUB_TOKEN is not set", {
      hint: "set it to a token of yours that may write issues",
    });
  }
  const name = repository ?? (await repositoryOfProfiles()) ?? (await repositoryHere());
  if (name === undefined) {
    throw new Failure("usage", "the realm's repository is not known", {
      hint: "name it by --repository owner/name",
    });
  }
  return { client, repository: repositoryNamed(name) };
}

/** Undefined where there are no profiles, or profiles of several realms. */
async function repositoryOfProfiles(): Promise<string | undefined> {
  const profiles = await Promise.all((await profileFolders()).map((folder) => folder.profile()));
  const [only, ...more] = new Set(
    profiles.flatMap((profile) => (profile === undefined ? [] : [profile.repository])),
  );
  return more.length === 0 ? only : undefined;
}

function numberOf(text: string): number {
  const digits = /^#?([1-9][0-9]{0,9})$/.exec(text)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new Failure("usage", `issue ${quoted(text)} is no number`);
}

const textOf = ({ comment: markdown = "", number }: IssueStatus): string =>
  [`issue #${number}:`, ...markdownLines(markdown).map((line) => `  ${line}`)].join("\n");
