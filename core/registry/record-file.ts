import type { Sha256 } from "../keys/csr.ts";
import type { Fingerprint } from "../keys/ssh-key.ts";
import { formatId, parseComputerId, recordPath } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import type { Account } from "../submission/issue.ts";
import type { Instant } from "../time.ts";
import { PrintedRecords } from "./printed-record.ts";
import type {
  AcceptedCertificate,
  AcceptedKey,
  Acted,
  ComputerRecord,
  Evidence,
  RefusedKey,
  Revocation,
} from "./record.ts";
import {
  ANY,
  ARN,
  COMMIT,
  COUNT,
  contradictionIn,
  DIGEST,
  FINGERPRINT,
  HEX64,
  INSTANT,
  ISSUE,
  KEY,
  LOGIN,
  PEM,
  PORT,
  RULE,
} from "./record-grammar.ts";
import { type Json, list, Misread, object, optionally, text, whole, within } from "./strict-json.ts";

export { printRecord } from "./print-record.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the files of a whole registry, quickly where they are laid out as we print them. */
export class RecordFiles {
  readonly #printed = new PrintedRecords();

  /** As `readRecord` does; the bytes may be used anew after. */
  read(bytes: Buffer, path: string): Parsed<ComputerRecord> {
    const record = this.#printed.read(bytes, path);
    if (record !== undefined) return parsed(record);
    let source: string;
    try {
      source = utf8.decode(bytes);
    } catch {
      return unparsed("record is no UTF-8");
    }
    return readRecord(source, path);
  }
}

/**
 * Reads `<system>/<computer>.json`; `path` must be the computer's. Checked by hand: an unknown key, a wrong form or a
 * path that is another's makes the file unreadable.
 */
export function readRecord(source: string, path: string): Parsed<ComputerRecord> {
  let json: unknown;
  try {
    json = JSON.parse(source);
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
const KEY_PART = ["key", "fingerprint", "evidence"];
const CERTIFICATE_PART = ["certificate", "arn", "pem", "csrSha256", "keySha256", "evidence"];
const EVIDENCE = ["issue", "digest", "submitter", "approvers", "rule", "realmCommit", "at"];
const ACCOUNT = ["id", "login"];
const REVOCATION = ["reason", "at"];
const REVOCATION_MORE = ["issue", "comment", "by"];
const DENIAL = ["kind", "digest", "issue", "comment", "by", "reason", "at"];

function recordOf(json: unknown, path: string): ComputerRecord {
  const file = object(json, RECORD, ["port", "revoked"]);
  if (file.format !== 1) throw misread(`format is ${JSON.stringify(file.format)}; 1 is known here`);
  const id = parseComputerId(text(file, "computer", ANY));
  if (!id.ok) throw misread(`computer: ${id.problem}`);
  if (recordPath(id.value) !== path)
    throw misread(`computer is ${formatId(id.value)}, at the path of another`);
  const evidence = new OneEvidence();
  const record: ComputerRecord = {
    format: 1,
    id: id.value,
    sequence: whole(file, "sequence", COUNT),
    ...optionally(file, "port", portNumber),
    sshKeys: list(file, "sshKeys", (part) => keyOf(part, evidence)),
    hostKeys: list(file, "hostKeys", (part) => keyOf(part, evidence)),
    certificates: list(file, "certificates", (part) => certificateOf(part, evidence)),
    refused: list(file, "refused", refusedOf),
    ...optionally(file, "revoked", (_, key) => within(file, key, revocationOf)),
    history: list(file, "history", actedOf),
  };
  const contradiction = contradictionIn(record);
  if (contradiction !== undefined) throw misread(contradiction);
  return record;
}

const misread = (what: string): Misread => new Misread("", () => what);

function keyOf(json: unknown, evidence: OneEvidence): AcceptedKey {
  const file = object(json, KEY_PART, ["end"]);
  return {
    key: text(file, "key", KEY),
    fingerprint: text(file, "fingerprint", FINGERPRINT) as Fingerprint,
    ...optionally(file, "end", instant),
    evidence: evidence.of(within(file, "evidence", evidenceOf)),
  };
}

function certificateOf(json: unknown, evidence: OneEvidence): AcceptedCertificate {
  const file = object(json, CERTIFICATE_PART, ["end"]);
  return {
    certificate: text(file, "certificate", HEX64),
    arn: text(file, "arn", ARN),
    pem: text(file, "pem", PEM),
    csrSha256: text(file, "csrSha256", HEX64) as Sha256,
    keySha256: text(file, "keySha256", HEX64) as Sha256,
    ...optionally(file, "end", instant),
    evidence: evidence.of(within(file, "evidence", evidenceOf)),
  };
}

function refusedOf(json: unknown): RefusedKey {
  const file = object(json, ["what", "fingerprint", "at"], ["certificate"]);
  const { what } = file;
  if (what !== "ssh" && what !== "host" && what !== "x509") {
    throw new Misread("what", (path) => `${path} is ${JSON.stringify(what)}; write ssh, host or x509`);
  }
  return {
    what,
    fingerprint: text(file, "fingerprint", what === "x509" ? HEX64 : FINGERPRINT),
    ...optionally(file, "certificate", (_, key) => text(file, key, HEX64)),
    at: instant(file, "at"),
  };
}

const revocationOf = (json: unknown): Revocation => revocationIn(object(json, REVOCATION, REVOCATION_MORE));

const revocationIn = (file: Json): Revocation => ({
  reason: text(file, "reason", ANY),
  at: instant(file, "at"),
  ...optionally(file, "issue", issueNumber),
  ...optionally(file, "comment", commentId),
  ...optionally(file, "by", (_, key) => within(file, key, accountOf)),
});

function actedOf(json: unknown): Acted {
  const kind = typeof json === "object" && json !== null && "kind" in json ? json.kind : undefined;
  if (kind === "revoke")
    return { kind, ...revocationIn(object(json, ["kind", ...REVOCATION], REVOCATION_MORE)) };
  if (kind !== undefined && kind !== "deny") {
    throw new Misread("kind", (path) => `${path} is ${JSON.stringify(kind)}; write revoke or deny`);
  }
  const file = object(json, DENIAL);
  return {
    kind: "deny",
    digest: text(file, "digest", DIGEST),
    issue: issueNumber(file, "issue"),
    comment: commentId(file, "comment"),
    by: within(file, "by", accountOf),
    reason: text(file, "reason", ANY),
    at: instant(file, "at"),
  };
}

function evidenceOf(json: unknown): Evidence {
  const file = object(json, EVIDENCE, ["proven"]);
  if (file.proven !== undefined && file.proven !== true) {
    throw new Misread("proven", (path) => `${path} is not true`);
  }
  return {
    issue: issueNumber(file, "issue"),
    digest: text(file, "digest", DIGEST),
    submitter: within(file, "submitter", accountOf),
    approvers: list(file, "approvers", accountOf),
    ...(file.proven === undefined ? {} : { proven: true }),
    rule: text(file, "rule", RULE),
    realmCommit: text(file, "realmCommit", COMMIT),
    at: instant(file, "at"),
  };
}

function accountOf(json: unknown): Account {
  const file = object(json, ACCOUNT);
  return { id: whole(file, "id", COUNT), login: text(file, "login", LOGIN) };
}

const portNumber = (file: Json, key: string): number => whole(file, key, PORT);
const issueNumber = (file: Json, key: string): number => whole(file, key, ISSUE);
const commentId = (file: Json, key: string): number => whole(file, key, COUNT);
const instant = (file: Json, key: string): Instant => text(file, key, INSTANT) as Instant;

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
