import { type ComputerId, formatId, roleOf } from "../names.ts";
import { formatPlace } from "../place.ts";
import { type Realm, systemOf } from "../realm/realm.ts";
import {
  type AcceptedCertificate,
  type AcceptedKey,
  type Acted,
  type ComputerRecord,
  isEnrolled,
} from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import type { Instant } from "../time.ts";
import { isInForce } from "./standing.ts";
import { type IsMember, judge, named, teamsAskedOf } from "./trust.ts";

/** Why a computer has access, or has none. */
export interface Explanation {
  readonly computer: string;
  readonly access: boolean;
  /** The sentence that sums it up. */
  readonly says: string;
  readonly port?: number;
  readonly parts: readonly ExplainedPart[];
  /** What the rules say now of everyone who enrolled a part of it. */
  readonly now: readonly ExplainedRule[];
  readonly refusedKeys: number;
  readonly history: readonly Acted[];
}

export interface ExplainedPart {
  readonly what: "ssh key" | "host key" | "certificate";
  readonly fingerprint: string;
  readonly inForce: boolean;
  readonly end?: Instant;
  readonly issue: number;
  readonly submitter: string;
  readonly approvers: readonly string[];
  readonly proven: boolean;
  /** As it was when it decided, at this commit of realm.yaml. */
  readonly rule: string;
  readonly realmCommit: string;
  readonly at: Instant;
}

export interface ExplainedRule {
  readonly submitter: string;
  readonly rule?: string;
  /** `realm.yaml:33:9` */
  readonly at?: string;
  readonly says: string;
}

export interface Explained {
  readonly realm: Realm;
  readonly registry: Registry;
  readonly id: ComputerId;
  /** Left out: teams are not asked, and the explanation says so. */
  readonly isMember?: IsMember;
  readonly now: Instant;
}

export function explainComputer(explained: Explained): Explanation {
  const { registry, id, now } = explained;
  const record = registry.get(id);
  const parts = record === undefined ? [] : partsOf(record, now);
  const inForce = parts.filter((part) => part.inForce && part.what !== "host key");
  return {
    computer: formatId(id),
    access: inForce.length > 0,
    says: summaryOf(id, record, inForce.length > 0),
    ...(record?.port === undefined ? {} : { port: record.port }),
    parts,
    now: record === undefined ? [] : rulesNow(record, explained),
    refusedKeys: record?.refused.length ?? 0,
    history: record?.history ?? [],
  };
}

/** For a terminal or the bot's answer; each line is a sentence of its own. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { says, port, parts, now, refusedKeys, history } = explanation;
  return [
    says,
    ...(port === undefined ? [] : [`its port on the proxy is ${port}`]),
    ...parts.map(partLine),
    ...now.map(
      ({ rule, at, says: what }) =>
        `now: ${what}${rule === undefined ? "" : ` (${rule}${at === undefined ? "" : `, ${at}`})`}`,
    ),
    ...(refusedKeys === 0
      ? []
      : [`${refusedKeys} ${refusedKeys === 1 ? "key" : "keys"} of it are refused for ever`]),
    ...history.map(actedLine),
  ];
}

function summaryOf(id: ComputerId, record: ComputerRecord | undefined, access: boolean): string {
  const name = formatId(id);
  if (record === undefined) return `${name} has no access: nothing was ever let in under this name`;
  if (record.revoked !== undefined) {
    const { by, at, reason } = record.revoked;
    return `${name} has no access: ${by === undefined ? "a sweep" : named(by)} revoked it at ${at}: ${JSON.stringify(reason)}`;
  }
  if (!isEnrolled(record)) return `${name} has no access: it holds no key`;
  return access ? `${name} has access` : `${name} has no access: all that it held has ended`;
}

function partsOf(
  { sshKeys, hostKeys, certificates }: ComputerRecord,
  now: Instant,
): readonly ExplainedPart[] {
  const part =
    (what: ExplainedPart["what"]) =>
    (one: AcceptedKey | AcceptedCertificate): ExplainedPart => {
      const { issue, submitter, approvers, proven = false, rule, realmCommit, at } = one.evidence;
      return {
        what,
        fingerprint: "keySha256" in one ? one.keySha256 : one.fingerprint,
        inForce: isInForce(one, now),
        ...(one.end === undefined ? {} : { end: one.end }),
        issue,
        submitter: named(submitter),
        approvers: approvers.map(named),
        proven,
        rule,
        realmCommit,
        at,
      };
    };
  return [
    ...sshKeys.map(part("ssh key")),
    ...hostKeys.map(part("host key")),
    ...certificates.map(part("certificate")),
  ];
}

function rulesNow(record: ComputerRecord, { realm, id, isMember }: Explained): readonly ExplainedRule[] {
  const system = systemOf(realm, id.system);
  const submitters = new Map(
    [...record.sshKeys, ...record.hostKeys, ...record.certificates].map(({ evidence }) => [
      evidence.submitter.id,
      evidence.submitter,
    ]),
  );
  return [...submitters.values()].map((account): ExplainedRule => {
    const submitter = named(account);
    if (system === undefined)
      return { submitter, says: `system ${JSON.stringify(id.system)} is no longer in realm.yaml` };
    const { rule } = judge(system, account, id, isMember ?? (() => false));
    const unasked = isMember === undefined ? teamsAskedOf(system, id).map(({ team }) => `@${team}`) : [];
    const teams = unasked.length === 0 ? "" : `; ${unasked.join(", ")} not asked`;
    if (rule === undefined) return { submitter, says: `no rule would let ${submitter} enrol it${teams}` };
    const verdict = { grant: "let it in", ask: "ask an admin", refuse: "refuse it" }[rule.then];
    return {
      submitter,
      rule: rule.path,
      at: formatPlace(rule.at),
      says: `a new key from ${submitter} for this ${roleOf(id.computer)} would be judged anew: the rule says to ${verdict}${teams}`,
    };
  });
}

function partLine(part: ExplainedPart): string {
  const { what, fingerprint, inForce, end, issue, submitter, approvers, proven, rule, realmCommit, at } =
    part;
  const until = end === undefined ? "" : inForce ? `, until ${end}` : `, ended at ${end}`;
  const approved = approvers.length === 0 ? "" : `, approved by ${approvers.join(", ")}`;
  const proof = proven ? ", with a proof of possession" : "";
  return `${what} "${fingerprint}"${until}: let in at ${at} for ${submitter}${approved}${proof}, by issue ${issue} and ${rule} of realm.yaml at ${realmCommit.slice(0, 12)}`;
}

function actedLine(acted: Acted): string {
  const { kind, issue, comment, by, at, reason } = acted;
  const where =
    issue === undefined ? "" : ` on issue ${issue}${comment === undefined ? "" : ` (comment ${comment})`}`;
  const verb = kind === "revoke" ? "revoked" : "denied";
  return `${verb} at ${at} by ${by === undefined ? "a sweep" : named(by)}${where}: ${JSON.stringify(reason)}`;
}
