import { createInterface } from "node:readline/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { GitHubIssues, IssueStatus } from "../../adapters/github/submissions.ts";
import { markdownLines } from "../../core/decision/markdown-text.ts";
import { Failure } from "../../core/failure.ts";
import { type ComputerId, formatId, parseComputerId, parseSystemName } from "../../core/names.ts";
import type { Registry } from "../../core/registry/registry.ts";
import { enrolledBy, enrolledIn } from "../../core/registry/targets.ts";
import { realmIn } from "../../flows/realm-text.ts";
import type { VerifyPorts } from "../../flows/verify.ts";
import { warn } from "../outcome.ts";

export interface Revoke {
  /** A computer's id or a system. */
  readonly target: string | undefined;
  readonly person: string | undefined;
  readonly reason: string;
  readonly wait: boolean;
}

export interface Revoked {
  readonly computer: string;
  readonly issue: number;
  readonly state: "revoked" | "refused" | "open";
  readonly url: string;
}

/** GitHub stops whoever makes more than 80 things a minute. */
const PACE = 800;
const LONGEST_WAIT = 120_000;

/** Opens one issue a computer, and waits for the bot on each. */
export async function revokeFromHere(
  issues: GitHubIssues,
  ports: Pick<VerifyPorts, "realm" | "registry">,
  { target, person, reason, wait }: Revoke,
): Promise<readonly Revoked[]> {
  if (reason.trim() === "") {
    throw new Failure("usage", "revoke needs a reason, as in warren revoke 333.hula.atlas lost in the river");
  }
  const ids = await computersOf(ports, target, person);
  await confirm(ids);
  const opened: [string, IssueStatus][] = [];
  for (const [index, id] of ids.entries()) {
    if (index > 0) await pause(PACE);
    const computer = formatId(id);
    const status = await issues.status(await issues.open(`${computer}.revoke`, `${reason}\n`));
    warn(`opened ${status.url}`);
    opened.push([computer, status]);
  }
  const until = Date.now() + LONGEST_WAIT;
  const revoked: Revoked[] = [];
  for (const [computer, status] of opened)
    revoked.push(await answered(issues, computer, status, wait ? until : 0));
  return revoked;
}

async function computersOf(
  { realm, registry }: Pick<VerifyPorts, "realm" | "registry">,
  target: string | undefined,
  person: string | undefined,
): Promise<readonly ComputerId[]> {
  if (person === undefined && target?.includes(".") === true) {
    const id = parseComputerId(target);
    if (!id.ok) throw new Failure("usage", id.problem);
    return [id.value];
  }
  const { registry: records }: { readonly registry: Registry } = await registry.snapshot();
  if (person !== undefined) {
    const rules = realmIn({ text: (await realm.head()).text, file: "realm.yaml" });
    return some(enrolledBy(records, rules, person), `${JSON.stringify(person)} enrolled no computer`);
  }
  const system = parseSystemName(target ?? "");
  if (!system.ok) throw new Failure("usage", system.problem);
  return some(enrolledIn(records, system.value), `system ${JSON.stringify(target)} has no computer`);
}

function some(ids: readonly ComputerId[], problem: string): readonly ComputerId[] {
  if (ids.length > 0) return ids;
  throw new Failure("refused", problem);
}

/** A script is not asked. */
async function confirm(ids: readonly ComputerId[]): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return;
  for (const id of ids) warn(`will revoke ${formatId(id)}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const said = await terminal.question(`Their keys will be refused for ever. Revoke ${ids.length}? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(said.trim())) throw new Failure("refused", "nothing was revoked");
}

async function answered(
  issues: GitHubIssues,
  computer: string,
  first: IssueStatus,
  until: number,
): Promise<Revoked> {
  for (let status = first; ; status = await issues.status(first.number)) {
    const { number: issue, url, label, comment = "" } = status;
    if (label === "warren: revoked") return { computer, issue, state: "revoked", url };
    if (label === "warren: refused") {
      for (const line of markdownLines(comment)) warn(`  ${line}`);
      return { computer, issue, state: "refused", url };
    }
    if (Date.now() >= until) return { computer, issue, state: "open", url };
    await pause(1000);
  }
}
