import { refusedFor, revoked } from "../decision/acts.ts";
import { isInForce } from "../decision/standing.ts";
import { judge, named, teamsAskedOf } from "../decision/trust.ts";
import { type ComputerId, formatId, roleOf } from "../names.ts";
import { type Realm, type System, systemOf, type Team } from "../realm/realm.ts";
import type { Account } from "../submission/issue.ts";
import type { Instant } from "../time.ts";
import { type AcceptedCertificate, type AcceptedKey, type ComputerRecord, isEnrolled } from "./record.ts";
import type { Registry } from "./registry.ts";

/** What time and people change in a registry, without anybody asking. */

export interface LifeFacts {
  readonly realm: Realm;
  readonly registry: Registry;
  /** Ids of a team's members; undefined: the team can't be read, and then it changes nothing. */
  readonly membersOf: (team: string) => ReadonlySet<number> | undefined;
  /** Whether a team's rule let this part in, in the realm.yaml of that time. */
  readonly letInByTeam: (part: Part) => boolean;
  readonly now: Instant;
}

export type Part = AcceptedKey | AcceptedCertificate;

export interface RecordChange {
  readonly kind: "ended" | "left";
  readonly id: ComputerId;
  readonly why: string;
  readonly record: ComputerRecord;
  /** Certificates that lose their place in the record. */
  readonly certificates: readonly string[];
}

/** Something that no program may mend: an admin must see it. */
export interface Oddity {
  readonly kind: "system" | "realm" | "team";
  readonly says: string;
}

export interface LifePlan {
  readonly changes: readonly RecordChange[];
  readonly oddities: readonly Oddity[];
}

/** Parts whose end has come leave their records; controllers lose what people enrolled who have left. */
export function planLife(facts: LifeFacts): LifePlan {
  const { realm, registry } = facts;
  const changes: RecordChange[] = [];
  for (const record of registry.all()) {
    // Nobody judges the computers of a system that is gone or of another realm: that may be a slip of the pen.
    const system = record.id.realm === realm.name ? systemOf(realm, record.id.system) : undefined;
    if (system === undefined) continue;
    const change = departureOf(record, system, facts) ?? endOf(record, facts.now);
    if (change !== undefined) changes.push(change);
  }
  return { changes, oddities: [...strangersIn(realm, registry), ...unreadableTeams(facts)] };
}

/** Teams whose members must be known to plan: those of the rules that could let in a controller of the registry. */
export function teamsOf(realm: Realm, registry: Registry): readonly Team[] {
  const teams = new Map<string, Team>();
  for (const record of registry.all()) {
    const system = systemOf(realm, record.id.system);
    if (system === undefined || roleOf(record.id.computer) !== "controller" || !isEnrolled(record)) continue;
    for (const team of teamsAskedOf(system, record.id)) teams.set(team.team, team);
  }
  return [...teams.values()];
}

/** Systems that realm.yaml no longer names, and records of a realm of another name: what they would break. */
export function strangersIn(realm: Realm, registry: Registry): readonly Oddity[] {
  const systems = new Map<string, number>();
  const realms = new Map<string, number>();
  for (const record of registry.all()) {
    if (!isEnrolled(record)) continue;
    const { system, realm: name } = record.id;
    if (name !== realm.name) realms.set(name, (realms.get(name) ?? 0) + 1);
    else if (systemOf(realm, system) === undefined) systems.set(system, (systems.get(system) ?? 0) + 1);
  }
  const count = (number: number) => (number === 1 ? "1 computer" : `${number} computers`);
  return [
    ...[...realms].map(([name, number]): Oddity => {
      const says = `realm ${JSON.stringify(name)} has ${count(number)} in the registry, and realm.yaml says ${JSON.stringify(realm.name)}: a realm can't be renamed, for ids, certificates and topics hold its name; put the name back, or enrol the computers anew`;
      return { kind: "realm", says };
    }),
    ...[...systems].map(([name, number]): Oddity => {
      const says = `system ${JSON.stringify(name)} has ${count(number)} in the registry, and is not in realm.yaml: they lose their access at the next sync; put it back, or revoke them by warren revoke ${name}`;
      return { kind: "system", says };
    }),
  ];
}

function unreadableTeams({ realm, registry, membersOf }: LifeFacts): readonly Oddity[] {
  return teamsOf(realm, registry)
    .filter(({ team }) => membersOf(team) === undefined)
    .map(({ team }) => ({
      kind: "team",
      says: `team ${JSON.stringify(team)} can't be read, so nobody counts as gone from it`,
    }));
}

function endOf(record: ComputerRecord, now: Instant): RecordChange | undefined {
  const ended = (part: Part) => !isInForce(part, now);
  const parts = [...record.sshKeys, ...record.hostKeys, ...record.certificates].filter(ended);
  if (parts.length === 0) return undefined;
  const words = parts.length === 1 ? "1 part" : `${parts.length} parts`;
  return without(record, ended, now, { kind: "ended", why: `${words} came to the end of the access` });
}

function departureOf(record: ComputerRecord, system: System, facts: LifeFacts): RecordChange | undefined {
  if (roleOf(record.id.computer) !== "controller" || !isEnrolled(record)) return undefined;
  const gone = new Map<number, Account>();
  const leaves = (part: Part) => {
    const { submitter } = part.evidence;
    if (hasLeft(submitter, part, record.id, system, facts)) gone.set(submitter.id, submitter);
    return gone.has(submitter.id);
  };
  const parts = new Set([...record.sshKeys, ...record.hostKeys, ...record.certificates].filter(leaves));
  if (parts.size === 0) return undefined;
  const who = [...gone.values()].map(named).join(", ");
  const change = without(record, (part) => parts.has(part), facts.now, {
    kind: "left",
    why: `${who} left, who enrolled it`,
  });
  if (isEnrolled(change.record)) return change;
  return { ...change, record: revoked(record, { reason: `${who} left`, at: facts.now }) };
}

/** Neither among `people` nor in a team that may enrol such a computer; or let in by a team, and in none any more. */
function hasLeft(
  account: Account,
  part: Part,
  id: ComputerId,
  system: System,
  { realm, membersOf, letInByTeam }: LifeFacts,
): boolean {
  for (const { team } of teamsAskedOf(system, id)) {
    const members = membersOf(team);
    if (members === undefined || members.has(account.id)) return false;
  }
  if (realm.people.every((person) => person.id !== account.id)) return true;
  // One of `people` stays when a rule changes; only who came by a team goes with the team.
  return judge(system, account, id, () => false).rule === undefined && letInByTeam(part);
}

/**
 * The record without some of its parts. Their keys are refused from then on: the issue that brought them in still stands
 * there, and a sweep that reads it again must not let them in again. Host keys without a successor stay usable.
 */
function without(
  record: ComputerRecord,
  goes: (part: Part) => boolean,
  now: Instant,
  about: Pick<RecordChange, "kind" | "why">,
): RecordChange {
  const stays = (part: Part) => !goes(part);
  const hostKeys = record.hostKeys.filter(stays);
  const gone = [
    ...record.sshKeys.filter(goes).map((part) => refusedFor(part, "ssh", now)),
    ...(hostKeys.length === 0 ? [] : record.hostKeys.filter(goes)).map((part) =>
      refusedFor(part, "host", now),
    ),
    ...record.certificates.filter(goes).map((part) => refusedFor(part, "x509", now)),
  ];
  const rest = {
    ...record,
    sshKeys: record.sshKeys.filter(stays),
    hostKeys,
    certificates: record.certificates.filter(stays),
    refused: [...record.refused, ...gone],
  };
  const { port: _, ...portless } = rest;
  return {
    ...about,
    id: record.id,
    why: `${formatId(record.id)}: ${about.why}`,
    record: isEnrolled(rest) ? rest : portless,
    certificates: record.certificates.filter(goes).map(({ certificate }) => certificate),
  };
}
