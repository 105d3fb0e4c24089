import { isInForce } from "../decision/standing.ts";
import { type IsMember, judge, named, PLURAL } from "../decision/trust.ts";
import { keyProblem } from "../keys/key-policy.ts";
import { parseSshPublicKey } from "../keys/ssh-key.ts";
import { type ComputerId, formatId, roleOf } from "../names.ts";
import { adminsOf, matchesName, type Realm, type System, systemOf } from "../realm/realm.ts";
import type { Account } from "../submission/issue.ts";
import type { Instant } from "../time.ts";
import type { Part } from "./life.ts";
import type { CommitId, ComputerRecord, Evidence } from "./record.ts";
import type { Registry } from "./registry.ts";

/** A part of a record that does not stand up to its own evidence. */
export interface Finding {
  readonly computer: string;
  /** `SHA256:…`, or a certificate's id. */
  readonly part: string;
  readonly issue: number;
  /** `then`: its rule never allowed it; `now`: it would not be granted today; `left`: whoever enrolled it is gone. */
  readonly kind: "then" | "now" | "left";
  readonly says: string;
}

export interface Verification {
  readonly realm: Realm;
  readonly registry: Registry;
  /** realm.yaml as it was; undefined: not asked for. */
  readonly realmAt: (commit: CommitId) => Realm | { readonly problem: string } | undefined;
  readonly isMember: IsMember;
  readonly now: Instant;
}

/** Replays the evidence of all that gives access against the rules of its time and of today. */
export function verifyRegistry(verification: Verification): readonly Finding[] {
  const findings: Finding[] = [];
  for (const record of verification.registry.all()) {
    for (const part of partsOf(record)) {
      if (!isInForce(part, verification.now)) continue;
      for (const [kind, says] of faultsOf(record.id, part, verification)) {
        const name = "certificate" in part ? part.certificate : part.fingerprint;
        findings.push({ computer: formatId(record.id), part: name, issue: part.evidence.issue, kind, says });
      }
    }
  }
  return findings;
}

/** Every commit of realm.yaml that a record refers to. */
export const commitsIn = (registry: Registry): ReadonlySet<CommitId> =>
  new Set(
    [...registry.all()].flatMap((record) => partsOf(record).map(({ evidence }) => evidence.realmCommit)),
  );

const partsOf = ({ sshKeys, hostKeys, certificates }: ComputerRecord): readonly Part[] => [
  ...sshKeys,
  ...hostKeys,
  ...certificates,
];

type Fault = readonly [Finding["kind"], string];

function faultsOf(id: ComputerId, part: Part, { realm, realmAt, isMember }: Verification): readonly Fault[] {
  const { evidence } = part;
  const faults: Fault[] = [];
  const then = realmAt(evidence.realmCommit);
  const where = `realm.yaml at ${evidence.realmCommit.slice(0, 12)}`;
  if (then !== undefined && "problem" in then)
    faults.push(["then", `${where} can't be read: ${then.problem}`]);
  else if (then !== undefined) {
    const fault = thenFault(id, evidence, then);
    if (fault !== undefined) faults.push(["then", `${where} did not allow it: ${fault}`]);
  }
  const today = nowFault(id, part, realm, isMember);
  if (today === undefined) return faults;
  const system = systemOf(realm, id.system);
  const gone =
    realm.people.every((person) => person.id !== evidence.submitter.id) &&
    (system === undefined || judge(system, evidence.submitter, id, isMember).rule === undefined);
  faults.push(
    gone && system !== undefined
      ? ["left", `${named(evidence.submitter)}, who enrolled it, has left`]
      : ["now", today],
  );
  return faults;
}

/** The recorded rule itself, in the file of its time; who was in which team then is not known any more. */
function thenFault(id: ComputerId, evidence: Evidence, then: Realm): string | undefined {
  const system = id.realm === then.name ? systemOf(then, id.system) : undefined;
  if (system === undefined) return `it has no system ${JSON.stringify(id.system)}`;
  const { submitter } = evidence;
  const rule = system.trust.find(({ path }) => path === evidence.rule);
  if (rule === undefined) return `it has no rule ${evidence.rule}`;
  const about = rule.who.some((who) => "team" in who || who.id === submitter.id);
  if (!about) return `${evidence.rule} is not about ${named(submitter)}`;
  const role = roleOf(id.computer);
  if (!rule.may.includes(role)) return `${evidence.rule} is not about ${PLURAL[role]}`;
  if (rule.named !== undefined && !matchesName(rule.named, id.computer))
    return `${evidence.rule} is about names like ${JSON.stringify(rule.named)}`;
  if (rule.then === "refuse") return `${evidence.rule} refuses`;
  return rule.then === "ask" ? approvalFault(rule.approvals, evidence, then, system) : undefined;
}

/** What the rules say of the same submitter, approvers and key today. */
function nowFault(id: ComputerId, part: Part, realm: Realm, isMember: IsMember): string | undefined {
  if (id.realm !== realm.name) return `realm is ${JSON.stringify(realm.name)} now`;
  const system = systemOf(realm, id.system);
  if (system === undefined) return `system ${JSON.stringify(id.system)} is not in realm.yaml`;
  const { evidence } = part;
  const { rule } = judge(system, evidence.submitter, id, isMember);
  const what = `${PLURAL[roleOf(id.computer)]} in ${system.name}`;
  if (rule === undefined) return `no rule lets ${named(evidence.submitter)} enrol ${what}`;
  if (rule.then === "refuse") return `${rule.path} refuses ${named(evidence.submitter)} ${what}`;
  const approval = rule.then === "ask" ? approvalFault(rule.approvals, evidence, realm, system) : undefined;
  if (approval !== undefined) return `${rule.path} asks, and ${approval}`;
  if (!("key" in part)) return undefined;
  const key = parseSshPublicKey(part.key);
  return key.ok ? keyProblem(realm.keys, key.value) : key.problem;
}

function approvalFault(
  needed: number,
  { approvers, submitter }: Evidence,
  realm: Realm,
  system: System,
): string | undefined {
  const admins = adminsOf(realm, system);
  const counts = (account: Account) =>
    account.id !== submitter.id && admins.some(({ id }) => id === account.id);
  const count = approvers.filter(counts).length;
  return count >= needed ? undefined : `${count} of ${needed} approvals are by its admins`;
}
