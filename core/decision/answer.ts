import { type ComputerId, formatId, roleOf } from "../names.ts";
import type { Answer, StateLabel } from "../ports.ts";
import { proxyOf, type Realm, systemOf } from "../realm/realm.ts";
import type { ComputerRecord, Evidence } from "../registry/record.ts";
import { shortDigest } from "./approvals.ts";
import type { Decision, Reason } from "./decision.ts";
import type { Heard } from "./hearing.ts";
import { code, prose } from "./markdown.ts";
import { named } from "./trust.ts";

/** Where realm.yaml can be read at the commit that decided, e.g. `https://github.com/o/r/blob/<commit>/realm.yaml`. */
export type RealmLink = string;

/** What the bot writes on an issue: the verdict first, then why, then what happens next. */
export function answerTo(decision: Exclude<Decision, { kind: "none" }>, link: RealmLink): Answer {
  const why = explanation(decision.because, link);
  const keys = decision.keys
    .map(({ type, bits, fingerprint }) => `- ${type} (${bits}) ${code(fingerprint)}`)
    .join("\n");
  const about = keys === "" ? why : `${why}\n\nKeys:\n${keys}`;
  switch (decision.kind) {
    case "grant":
      return answer("warren: granted", "open", `**Granted**; being carried out.\n\n${about}`);
    case "refuse":
      return answer("warren: refused", "not_planned", `**Refused.**\n\n${about}`);
    case "ask":
      return answer(
        "warren: waiting",
        "open",
        `**Waiting for an admin.**\n\n${about}\n\n${howToApprove(decision)}`,
      );
  }
}

/** The last word on a submission that was carried out. */
export function doneAnswer(
  record: ComputerRecord,
  evidence: Evidence,
  realm: Realm,
  link: RealmLink,
): Answer {
  const id = formatId(record.id);
  const lines = [`**Granted.** ${code(id)} is enrolled.`, explanation([reasonOf(evidence, realm)], link)];
  const certificate = record.certificates.at(-1);
  if (certificate !== undefined) lines.push(`Certificate ${code(certificate.certificate)} is active.`);
  if (record.port !== undefined)
    lines.push(`Its port on the proxy is ${record.port}. ${nextStep(record.id, realm)}`);
  else if (record.sshKeys.length > 0) lines.push(nextStep(record.id, realm));
  return answer("warren: granted", "completed", lines.join("\n\n"));
}

export const revokedAnswer = (id: ComputerId): Answer =>
  answer(
    "warren: revoked",
    "completed",
    `**Revoked.** ${code(formatId(id))} has no access any more; the next sync takes it off its proxy. ` +
      "Its keys are refused for ever.",
  );

export const laterAnswer = (why: string): Answer =>
  answer(
    "warren: later",
    "open",
    `**Not decided yet.** ${prose(why)}\n\nThis will be tried again by itself.`,
  );

/** The same answer, with what became of each command below it; the last ones where there are many. */
export function withNotes(
  given: Answer,
  { notes }: Pick<Heard, "notes">,
  explained: readonly string[],
): Answer {
  const lines = notes.slice(-MOST_NOTES).map(({ word, by, counted, says }) => {
    const who = by === null ? "an account that is gone" : code(by.login);
    return `- ${code(word)} by ${who}: ${counted ? "" : "**does nothing**: "}${prose(says)}`;
  });
  const left = notes.length - lines.length;
  if (left > 0) lines.unshift(`- ${left} earlier commands are left out here`);
  const parts = [given.body];
  if (lines.length > 0) parts.push(`Commands:\n${lines.join("\n")}`);
  if (explained.length > 0)
    parts.push(`Explanation:\n${explained.map((line) => `- ${prose(line)}`).join("\n")}`);
  return { ...given, body: parts.join("\n\n") };
}

const MOST_NOTES = 10;

const answer = (label: StateLabel, state: Answer["state"], body: string): Answer => ({ label, state, body });

function reasonOf({ rule, submitter, approvers }: Evidence, realm: Realm): Reason {
  const at = realm.systems.flatMap(({ trust }) => trust).find(({ path }) => path === rule)?.at;
  const approved = approvers.length === 0 ? "" : `, approved by ${approvers.map(named).join(", ")}`;
  return { rule, says: `${named(submitter)} enrolled it${approved}`, ...(at === undefined ? {} : { at }) };
}

function explanation(reasons: readonly Reason[], link: RealmLink): string {
  return reasons
    .map(
      ({ rule, at, says, fix }) =>
        `- ${prose(says)} (${at === undefined ? code(rule) : `[${code(rule)}](${link}#L${at.line})`})${
          fix === undefined ? "" : `\n  *To mend it:* ${prose(fix)}`
        }`,
    )
    .join("\n");
}

function howToApprove({
  digest,
  approvers,
  approvals,
  computer,
}: Extract<Decision, { kind: "ask" }>): string {
  const who = approvers.map(({ login }) => code(login)).join(", ");
  const given =
    approvals.given.length === 0
      ? ""
      : ` Approved so far: ${approvals.given.map(({ login }) => code(login)).join(", ")}.`;
  if (approvers.length === 0)
    return `Nobody may approve ${code(formatId(computer))}: an admin must be added to realm.yaml.`;
  return `One of ${who} can let it in by a comment with exactly these words:\n\n\`\`\`\n/approve ${shortDigest(digest)}\n\`\`\`\n${given}`;
}

function nextStep(id: ComputerId, realm: Realm): string {
  const system = systemOf(realm, id.system);
  if (system === undefined) return "";
  const proxy = proxyOf(realm, system);
  const where = proxy === undefined ? "" : ` (${code(proxy.host)})`;
  if (roleOf(id.computer) === "controller")
    return `It can connect once the next sync has told the proxy${where}.`;
  const login = system.login[0];
  const ssh = login === undefined ? "" : `: ${code(`ssh ${login}@${formatId(id)}`)}`;
  return `Controllers reach it once the next sync has told the proxy${where}${ssh}`;
}
