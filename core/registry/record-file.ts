import type { Sha256 } from "../keys/csr.ts";
import type { Fingerprint } from "../keys/ssh-key.ts";
import { formatId, parseComputerId, recordPath, roleOf } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import type { Account } from "../submission/issue.ts";
import type { Instant } from "../time.ts";
import type {
  AcceptedCertificate,
  AcceptedKey,
  Acted,
  ComputerRecord,
  Evidence,
  RefusedKey,
  Revocation,
} from "./record.ts";
import { integer, type Json, list, Misread, object, string } from "./strict-json.ts";

export { printRecord } from "./print-record.ts";

/**
 * Reads `<system>/<computer>.json`; `path` must be the computer's. Checked by hand, for a registry may hold 100,000: an
 * unknown key, a wrong form or a path that is another's makes the file unreadable.
 */
export function readRecord(text: string, path: string): Parsed<ComputerRecord> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unparsed("record is no JSON");
  }
  try {
    return parsed(recordOf(json, path));
  } catch (error) {
    if (error instanceof Misread) return unparsed(`record ${error.message}`);
    throw error;
  }
}

const RECORD = [
  "format",
  "computer",
  "sequence",
  "sshKeys",
  "hostKeys",
  "certificates",
  "refused",
  "history",
];
const ACTED = ["reason", "issue", "comment", "by", "at"];
const EVIDENCE = ["issue", "digest", "submitter", "approvers", "rule", "realmCommit", "at"];
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HEX64 = /^[0-9a-f]{64}$/;
const KEY = /^[a-z0-9@.-]{3,64} [A-Za-z0-9+/]{16,4096}={0,2}$/;
/** To the form alone, for speed: what this lets through beyond `parseInstant` is the 31st of a shorter month. */
const INSTANT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

function recordOf(json: unknown, path: string): ComputerRecord {
  const file = object(json, "", RECORD, ["port", "revoked"]);
  if (file.format !== 1) throw new Misread(`format is ${JSON.stringify(file.format)}; 1 is known here`);
  const id = parseComputerId(string(file.computer, "computer", /^/));
  if (!id.ok) throw new Misread(`computer: ${id.problem}`);
  if (recordPath(id.value) !== path)
    throw new Misread(`computer is ${formatId(id.value)}, at the path of another`);
  const evidence = new OneEvidence();
  const keyOf = (json: unknown, at: string) => readKey(json, at, evidence);
  const record: ComputerRecord = {
    format: 1,
    id: id.value,
    sequence: integer(file.sequence, "sequence", 0, Number.MAX_SAFE_INTEGER),
    ...(file.port === undefined ? {} : { port: integer(file.port, "port", 1, 65_535) }),
    sshKeys: list(file.sshKeys, "sshKeys", keyOf),
    hostKeys: list(file.hostKeys, "hostKeys", keyOf),
    certificates: list(file.certificates, "certificates", (json, at) => readCertificate(json, at, evidence)),
    refused: list(file.refused, "refused", refusedOf),
    ...(file.revoked === undefined ? {} : { revoked: revocationOf(file.revoked, "revoked") }),
    history: list(file.history, "history", actedOf),
  };
  const { sshKeys, hostKeys, certificates, revoked, port } = record;
  if (revoked !== undefined && sshKeys.length + hostKeys.length + certificates.length > 0) {
    throw new Misread("is of a revoked computer, and holds keys");
  }
  if (port !== undefined && roleOf(id.value.computer) === "controller") {
    throw new Misread("is of a controller, and has a port");
  }
  return record;
}

function readKey(json: unknown, at: string, evidence: OneEvidence): AcceptedKey {
  const file = object(json, at, ["key", "fingerprint", "evidence"], ["end"]);
  return {
    key: string(file.key, `${at}.key`, KEY),
    fingerprint: string(file.fingerprint, `${at}.fingerprint`, FINGERPRINT) as Fingerprint,
    ...endOf(file, at),
    evidence: evidence.of(evidenceOf(file.evidence, `${at}.evidence`)),
  };
}

function readCertificate(json: unknown, at: string, evidence: OneEvidence): AcceptedCertificate {
  const file = object(json, at, ["certificate", "arn", "pem", "csrSha256", "keySha256", "evidence"], ["end"]);
  return {
    certificate: string(file.certificate, `${at}.certificate`, HEX64),
    arn: string(file.arn, `${at}.arn`, /^[\x21-\x7e]{1,300}$/),
    pem: string(
      file.pem,
      `${at}.pem`,
      /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/,
    ),
    csrSha256: string(file.csrSha256, `${at}.csrSha256`, HEX64) as Sha256,
    keySha256: string(file.keySha256, `${at}.keySha256`, HEX64) as Sha256,
    ...endOf(file, at),
    evidence: evidence.of(evidenceOf(file.evidence, `${at}.evidence`)),
  };
}

function refusedOf(json: unknown, at: string): RefusedKey {
  const file = object(json, at, ["what", "fingerprint", "at"], ["certificate"]);
  const { what } = file;
  if (what !== "ssh" && what !== "host" && what !== "x509") {
    throw new Misread(`${at}.what is ${JSON.stringify(what)}; write ssh, host or x509`);
  }
  return {
    what,
    fingerprint: string(file.fingerprint, `${at}.fingerprint`, what === "x509" ? HEX64 : FINGERPRINT),
    ...(file.certificate === undefined
      ? {}
      : { certificate: string(file.certificate, `${at}.certificate`, HEX64) }),
    at: instant(file.at, `${at}.at`),
  };
}

function revocationOf(json: unknown, at: string): Revocation {
  const file = object(json, at, ["reason", "at"], ["issue", "comment", "by"]);
  return {
    ...reasonAndTime(file, at),
    ...(file.issue === undefined ? {} : { issue: issueNumber(file.issue, `${at}.issue`) }),
    ...(file.comment === undefined ? {} : { comment: commentId(file.comment, `${at}.comment`) }),
    ...(file.by === undefined ? {} : { by: accountOf(file.by, `${at}.by`) }),
  };
}

function actedOf(json: unknown, at: string): Acted {
  const { kind, ...rest } = object(json, at, ["kind"], ["digest", ...ACTED]);
  if (kind === "revoke") return { kind, ...revocationOf(rest, at) };
  if (kind !== "deny") throw new Misread(`${at}.kind is ${JSON.stringify(kind)}; write revoke or deny`);
  const file = object(rest, at, ["digest", ...ACTED], []);
  return {
    kind,
    digest: string(file.digest, `${at}.digest`, DIGEST),
    issue: issueNumber(file.issue, `${at}.issue`),
    comment: commentId(file.comment, `${at}.comment`),
    by: accountOf(file.by, `${at}.by`),
    ...reasonAndTime(file, at),
  };
}

const reasonAndTime = (file: Json, at: string) => ({
  reason: string(file.reason, `${at}.reason`, /^/),
  at: instant(file.at, `${at}.at`),
});

const issueNumber = (json: unknown, at: string): number => integer(json, at, 0, 2 ** 31);
const commentId = (json: unknown, at: string): number => integer(json, at, 0, Number.MAX_SAFE_INTEGER);

/** One enrolment brings in several parts: they share its evidence in memory, which of 100,000 records takes the most. */
class OneEvidence {
  #last: Evidence | undefined;

  of(evidence: Evidence): Evidence {
    if (this.#last === undefined || !isSame(this.#last, evidence)) this.#last = evidence;
    return this.#last;
  }
}

const isSame = (one: Evidence, other: Evidence): boolean =>
  one.issue === other.issue &&
  one.digest === other.digest &&
  one.at === other.at &&
  one.rule === other.rule &&
  one.realmCommit === other.realmCommit &&
  one.proven === other.proven &&
  isSameAccount(one.submitter, other.submitter) &&
  one.approvers.length === other.approvers.length &&
  one.approvers.every((account, index) => isSameAccount(account, other.approvers[index]));

const isSameAccount = (one: Account, other: Account | undefined): boolean =>
  one.id === other?.id && one.login === other.login;

function evidenceOf(json: unknown, at: string): Evidence {
  const file = object(json, at, EVIDENCE, ["proven"]);
  if (file.proven !== undefined && file.proven !== true) throw new Misread(`${at}.proven is not true`);
  return {
    issue: issueNumber(file.issue, `${at}.issue`),
    digest: string(file.digest, `${at}.digest`, DIGEST),
    submitter: accountOf(file.submitter, `${at}.submitter`),
    approvers: list(file.approvers, `${at}.approvers`, accountOf),
    ...(file.proven === undefined ? {} : { proven: true }),
    rule: string(file.rule, `${at}.rule`, /^[\x20-\x7e]{1,200}$/),
    realmCommit: string(file.realmCommit, `${at}.realmCommit`, /^[0-9a-f]{40}([0-9a-f]{24})?$/),
    at: instant(file.at, `${at}.at`),
  };
}

function accountOf(json: unknown, at: string): Account {
  const file = object(json, at, ["id", "login"], []);
  return {
    id: integer(file.id, `${at}.id`, 0, Number.MAX_SAFE_INTEGER),
    login: string(file.login, `${at}.login`, /^[\x20-\x7e]{0,100}$/),
  };
}

const endOf = (file: Json, at: string) =>
  file.end === undefined ? {} : { end: instant(file.end, `${at}.end`) };

const instant = (json: unknown, at: string): Instant => string(json, at, INSTANT) as Instant;
