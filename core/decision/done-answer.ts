import { formatId, roleOf } from "../names.ts";
import type { Answer } from "../ports/inbox.ts";
import { proxyOf, type Realm, systemOf } from "../realm/realm.ts";
import type { ComputerRecord, Evidence } from "../registry/record.ts";
import { answer, explanation, type RealmLink } from "./answer.ts";
import type { Reason } from "./decision.ts";
import { code } from "./markdown.ts";
import { broughtBy } from "./standing.ts";
import { named } from "./trust.ts";

/** The last word on a submission that was carried out: what it brought in, and how the computer is reached. */
export function doneAnswer(
  record: ComputerRecord,
  evidence: Evidence,
  realm: Realm,
  link: RealmLink,
): Answer {
  const parts = [
    `**Granted.** ${code(formatId(record.id))} is enrolled.`,
    explanation([reasonOf(evidence, realm)], link),
    broughtIn(record, evidence),
    nextStep(record, realm),
  ];
  return answer("warren: granted", "completed", parts.filter((part) => part !== "").join("\n\n"));
}

function reasonOf({ rule, submitter, approvers }: Evidence, realm: Realm): Reason {
  const at = realm.systems.flatMap(({ trust }) => trust).find(({ path }) => path === rule)?.at;
  const approved = approvers.length === 0 ? "" : `, approved by ${approvers.map(named).join(", ")}`;
  return { rule, says: `${named(submitter)} enrolled it${approved}`, ...(at === undefined ? {} : { at }) };
}

function broughtIn(record: ComputerRecord, { issue, digest }: Evidence): string {
  const { sshKeys, hostKeys, certificates } = broughtBy(record, issue, digest);
  const until = (end: string | undefined) => (end === undefined ? "" : `, until ${end}`);
  const lines = [
    ...sshKeys.map(({ fingerprint, end }) => `- SSH key ${code(fingerprint)}${until(end)}`),
    ...hostKeys.map(({ fingerprint, end }) => `- host key ${code(fingerprint)}${until(end)}`),
    ...certificates.map(({ certificate, end }) => `- certificate ${code(certificate)}, active${until(end)}`),
  ];
  if (record.port !== undefined) lines.push(`- port ${record.port} on the proxy`);
  return lines.join("\n");
}

/** Host keys and certificates alone open no way in. */
function nextStep({ id, sshKeys }: ComputerRecord, realm: Realm): string {
  const system = systemOf(realm, id.system);
  if (system === undefined || sshKeys.length === 0) return "";
  const proxy = proxyOf(realm, system);
  const where = proxy === undefined ? "" : ` (${code(proxy.host)})`;
  const next = `**What happens next.** The next sync tells the proxy${where}, most often within minutes.`;
  if (roleOf(id.computer) === "controller")
    return `${next} Then ${code("warren list")} on this computer shows what it reaches.`;
  const login = system.login[0];
  const command = login === undefined ? `warren connect ${id.computer}` : `ssh ${login}@${formatId(id)}`;
  return `${next} Then controllers reach it by:\n\n\`\`\`\n${command}\n\`\`\``;
}
