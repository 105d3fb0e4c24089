import { keyProblem } from "../keys/key-policy.ts";
import { formatId, sameId } from "../names.ts";
import type { Realm, System } from "../realm/realm.ts";
import { isEnrolled } from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import { type Submission, subjectProblem } from "../submission/submission.ts";
import type { Instant } from "../time.ts";
import { needsPort } from "./accept.ts";
import { allocatePort } from "./allocate.ts";
import { unprovedHolderOf } from "./claims.ts";
import type { Reason, ShownKey } from "./decision.ts";
import { isInForce } from "./standing.ts";

/** sshd accepts no more permitopen entries on one authorized_keys line (4,097 on 9.2), and a controller needs all. */
const MOST_COMPUTERS = 4000;

interface Before {
  readonly realm: Realm;
  readonly system: System;
  readonly registry: Registry;
  /** Whether the submission proves that it holds its SSH key. */
  readonly proven: boolean;
  readonly now: Instant;
}

/**
 * The first thing about a submission that no rule of trust can mend, whoever wrote it; undefined: the rules decide.
 * Each is a promise of docs/security.md.
 */
export function barrierTo(
  submission: Exclude<Submission, { kind: "revoke" }>,
  before: Before,
): Reason | undefined {
  const { realm, system, registry, proven, now } = before;
  if (realm.freeze)
    return {
      rule: "freeze",
      says: `realm ${JSON.stringify(realm.name)} is frozen; nothing new is granted`,
      fix: "wait until freeze is false in realm.yaml, then write /retry",
    };
  return (
    keyBarrier(submission, realm, system) ??
    doubledKey(submission) ??
    keyHistory(submission, registry, proven) ??
    hostKeyBarrier(submission, registry, now) ??
    spaceBarrier(submission, system, registry)
  );
}

const NEW_KEY = "make a new key: warren enroll, or ssh-keygen -t ed25519";
const NEW_HOST_KEYS =
  "make new host keys on the computer: rm /etc/ssh/ssh_host_*, ssh-keygen -A, and restart its sshd";
const OWN_KEY = `${NEW_KEY}; or, if the key is yours, enrol with a proof of possession`;

/** An installation that is copied, or was revoked under another name, brings its host keys along. */
const newKeyFor = ({ kind }: Submission): string => (kind === "hostkey" ? NEW_HOST_KEYS : NEW_KEY);

/** Every key that a submission carries, as it may be shown. */
export function keysOf(submission: Submission): readonly ShownKey[] {
  switch (submission.kind) {
    case "sshkey":
      return [submission.key];
    case "hostkey":
      return submission.keys;
    case "csr":
      return [shownCsr(submission.csr)];
    case "enroll": {
      const csr = submission.csr === undefined ? [] : [shownCsr(submission.csr)];
      return [submission.key, ...submission.hostKeys, ...csr];
    }
    case "revoke":
      return [];
  }
}

const shownCsr = (csr: { keyType: string; bits: number; keySha256: string }): ShownKey => ({
  type: csr.keyType,
  bits: csr.bits,
  fingerprint: csr.keySha256,
});

function keyBarrier(
  submission: Exclude<Submission, { kind: "revoke" }>,
  realm: Realm,
  system: System,
): Reason | undefined {
  for (const key of keysOf(submission)) {
    const problem = keyProblem(realm.keys, key);
    if (problem !== undefined) return { rule: "keys", says: problem };
  }
  const listed = listBarrier(submission, realm);
  if (listed !== undefined) return listed;
  if (!("csr" in submission) || submission.csr === undefined) return undefined;
  if (realm.broker === undefined) {
    return {
      rule: "broker",
      says: "realm has no broker, so it signs no certificates",
      fix: "leave the request out",
    };
  }
  const problem = subjectProblem(submission.csr, submission.id, realm.clientIdSuffix);
  return problem === undefined ? undefined : { rule: "csr.subject", at: system.at, says: problem };
}

/** A list that nobody read lets nothing in. */
function listBarrier(
  submission: Submission,
  { keys: { blocklist: path }, blocklist }: Realm,
): Reason | undefined {
  if (path === undefined) return undefined;
  if (blocklist === undefined)
    return {
      rule: "keys.blocklist",
      says: `list ${JSON.stringify(path)} was not read, so no key can be judged`,
    };
  const known = keysOf(submission).find((key) => blocklist.has(key));
  if (known === undefined) return undefined;
  const says = `key ${JSON.stringify(known.fingerprint)} stands on the list ${JSON.stringify(path)} of keys that are known to be weak`;
  return { rule: "keys.blocklist", says, fix: newKeyFor(submission) };
}

function doubledKey(submission: Submission): Reason | undefined {
  const seen = new Set<string>();
  for (const { fingerprint } of keysOf(submission)) {
    if (seen.has(fingerprint)) {
      return {
        rule: "keys.unique",
        says: `key ${JSON.stringify(fingerprint)} stands twice in the submission`,
      };
    }
    seen.add(fingerprint);
  }
  return undefined;
}

export const REVOKED_KEY_RULE = "keys.revoked";

/** One key never stands under two computers, and a revoked key never comes back. */
function keyHistory(submission: Submission, registry: Registry, proven: boolean): Reason | undefined {
  const movable = unprovedHolderOf(submission, registry, proven)?.part.fingerprint;
  for (const { fingerprint } of keysOf(submission)) {
    const revoked = registry.revokedFrom(fingerprint);
    if (revoked !== undefined) {
      return {
        rule: REVOKED_KEY_RULE,
        says: `key ${JSON.stringify(fingerprint)} was revoked from ${formatId(revoked)}; revoked keys are refused for ever`,
        fix: newKeyFor(submission),
      };
    }
    const holder = registry.holderOf(fingerprint);
    // A claim without a proof can't make the key's owner the duplicate: the ceilings ask an admin.
    if (holder !== undefined && fingerprint !== movable) {
      const where = sameId(holder, submission.id) ? "this computer" : formatId(holder);
      return {
        rule: "keys.unique",
        says: `key ${JSON.stringify(fingerprint)} is enrolled for ${where} already`,
        fix: "key" in submission ? OWN_KEY : newKeyFor(submission),
      };
    }
  }
  return undefined;
}

function hostKeyBarrier(submission: Submission, registry: Registry, now: Instant): Reason | undefined {
  if (submission.kind !== "hostkey") return undefined;
  const record = registry.get(submission.id);
  if (record?.sshKeys.some((key) => isInForce(key, now)) === true) return undefined;
  return {
    rule: "hostkey.order",
    says: `computer ${formatId(submission.id)} has no SSH key yet; host keys come with it or after it`,
    fix: `enrol its SSH key first: warren enroll ${formatId(submission.id)}`,
  };
}

function spaceBarrier(submission: Submission, system: System, registry: Registry): Reason | undefined {
  const { id } = submission;
  const record = registry.get(id);
  const present = record !== undefined && isEnrolled(record);
  if (!present) {
    const { computers: count } = registry.occupied(system.name);
    if (count >= MOST_COMPUTERS) {
      return {
        rule: "system.full",
        at: system.at,
        says: `system ${JSON.stringify(system.name)} has ${count} computers; ${MOST_COMPUTERS} at most`,
        fix: "revoke computers that are gone, or make another system in realm.yaml",
      };
    }
  }
  if (!needsPort(submission) || (present && record.port !== undefined)) return undefined;
  const port = allocatePort(system, registry, id.computer);
  return port.ok ? undefined : { rule: `systems.${system.name}.ports`, at: system.at, says: port.problem };
}
