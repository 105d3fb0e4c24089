import type { Sha256 } from "../keys/csr.ts";
import type { Fingerprint } from "../keys/ssh-key.ts";
import { recordPath } from "../names.ts";
import type { Account } from "../submission/issue.ts";
import type { Instant } from "../time.ts";
import {
  ACCEPTED_KEY,
  ACTED,
  ACTOR,
  APPROVER,
  APPROVERS,
  CERTIFICATE,
  EMPTY,
  EVIDENCE,
  type Layout,
  LINE_END,
  type ListLayout,
  ONE,
  PARTS,
  RECORD,
  REFUSED,
  REVOCATION,
  REVOKER,
  SUBMITTER,
  TRUE,
} from "./printed-layout.ts";
import { ifPrinted, PrintedText } from "./printed-text.ts";
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
  ARN,
  COUNT,
  contradictionIn,
  DIGEST,
  FINGERPRINT,
  HEX64,
  INSTANT,
  ISSUE,
  KEY,
  PEM,
  PORT,
} from "./record-grammar.ts";
import { Repeated } from "./repeated.ts";

/**
 * The quick reader of records, for a registry of 100,000: it knows the one layout that `printRecord` gives, and leaves
 * everything else to the strict reader of record-file.ts. What many records have in common is held in memory once.
 */
export class PrintedRecords {
  readonly #repeated = new Repeated();

  /** Undefined: the file isn't laid out as printed, or something is wrong with it. The bytes may be used anew after. */
  read(bytes: Buffer, path: string): ComputerRecord | undefined {
    return ifPrinted(() => {
      const record = new RecordReader(bytes, this.#repeated).record();
      const { id } = record;
      return recordPath(id) === path && contradictionIn(record) === undefined ? record : undefined;
    });
  }
}

class RecordReader {
  readonly #text: PrintedText;
  readonly #repeated: Repeated;
  #evidence: { readonly start: number; readonly end: number; readonly evidence: Evidence } | undefined;

  constructor(bytes: Buffer, repeated: Repeated) {
    this.#text = new PrintedText(bytes);
    this.#repeated = repeated;
  }

  record(): ComputerRecord {
    const text = this.#text;
    text.skip(RECORD.format);
    text.skip(ONE);
    text.skip(RECORD.computer);
    const id = this.#repeated.id(text.plain()) ?? text.isNotPrinted();
    text.skip(RECORD.sequence);
    const sequence = text.whole(COUNT);
    const port = text.skips(RECORD.port) ? text.whole(PORT) : undefined;
    text.skip(RECORD.sshKeys);
    const sshKeys = this.#list(PARTS, () => this.#key());
    text.skip(RECORD.hostKeys);
    const hostKeys = this.#list(PARTS, () => this.#key());
    text.skip(RECORD.certificates);
    const certificates = this.#list(PARTS, () => this.#certificate());
    text.skip(RECORD.refused);
    const refused = this.#list(PARTS, () => this.#refused());
    const revoked = text.skips(RECORD.revoked) ? this.#revocation(REVOCATION, REVOKER) : undefined;
    if (revoked !== undefined) text.skip(REVOCATION.close);
    text.skip(RECORD.history);
    const history = this.#list(PARTS, () => this.#acted());
    text.skip(RECORD.close);
    text.skip(LINE_END);
    text.end();
    const record: ComputerRecord =
      port === undefined
        ? { format: 1, id, sequence, sshKeys, hostKeys, certificates, refused, history }
        : { format: 1, id, sequence, port, sshKeys, hostKeys, certificates, refused, history };
    return revoked === undefined ? record : { ...record, revoked };
  }

  #list<T>({ open, next, close }: ListLayout, read: () => T): readonly T[] {
    if (this.#text.skips(EMPTY)) return NONE;
    this.#text.skip(open);
    // Most lists hold one value: an array that starts empty makes room for seventeen at its first push.
    const values = [read()];
    while (this.#text.skips(next)) values.push(read());
    this.#text.skip(close);
    return values;
  }

  #key(): AcceptedKey {
    const text = this.#text;
    text.skip(ACCEPTED_KEY.key);
    const key = text.text(KEY);
    text.skip(ACCEPTED_KEY.fingerprint);
    const fingerprint = text.text(FINGERPRINT) as Fingerprint;
    const end = text.skips(ACCEPTED_KEY.end) ? this.#instant() : undefined;
    text.skip(ACCEPTED_KEY.evidence);
    const evidence = this.#evidenceHere();
    text.skip(ACCEPTED_KEY.close);
    return end === undefined ? { key, fingerprint, evidence } : { key, fingerprint, end, evidence };
  }

  #certificate(): AcceptedCertificate {
    const text = this.#text;
    text.skip(CERTIFICATE.certificate);
    const certificate = text.text(HEX64);
    text.skip(CERTIFICATE.arn);
    const arn = text.text(ARN);
    text.skip(CERTIFICATE.pem);
    const pem = text.lines(PEM);
    text.skip(CERTIFICATE.csrSha256);
    const csrSha256 = text.text(HEX64) as Sha256;
    text.skip(CERTIFICATE.keySha256);
    const keySha256 = text.text(HEX64) as Sha256;
    const end = text.skips(CERTIFICATE.end) ? this.#instant() : undefined;
    text.skip(CERTIFICATE.evidence);
    const evidence = this.#evidenceHere();
    text.skip(CERTIFICATE.close);
    const accepted = { certificate, arn, pem, csrSha256, keySha256, evidence };
    return end === undefined ? accepted : { ...accepted, end };
  }

  /** One enrolment brings in several parts: what stands word for word as before is read once, and shared. */
  #evidenceHere(): Evidence {
    const last = this.#evidence;
    if (last !== undefined && this.#text.repeats(last.start, last.end)) return last.evidence;
    const start = this.#text.at;
    const evidence = this.#newEvidence();
    this.#evidence = { start, end: this.#text.at, evidence };
    return evidence;
  }

  #newEvidence(): Evidence {
    const text = this.#text;
    text.skip(EVIDENCE.issue);
    const issue = text.whole(ISSUE);
    text.skip(EVIDENCE.digest);
    const digest = text.text(DIGEST);
    text.skip(EVIDENCE.submitter);
    const submitter = this.#account(SUBMITTER);
    text.skip(EVIDENCE.approvers);
    const approvers = this.#list(APPROVERS, () => this.#account(APPROVER));
    const proven = text.skips(EVIDENCE.proven);
    if (proven) text.skip(TRUE);
    text.skip(EVIDENCE.rule);
    const rule = this.#repeated.rule(text.plain()) ?? text.isNotPrinted();
    text.skip(EVIDENCE.realmCommit);
    const realmCommit = this.#repeated.commit(text.plain()) ?? text.isNotPrinted();
    text.skip(EVIDENCE.at);
    const at = this.#instant();
    text.skip(EVIDENCE.close);
    const evidence = { issue, digest, submitter, approvers, rule, realmCommit, at };
    return proven ? { ...evidence, proven } : evidence;
  }

  #refused(): RefusedKey {
    const text = this.#text;
    text.skip(REFUSED.what);
    const what = text.plain();
    if (what !== "ssh" && what !== "host" && what !== "x509") return text.isNotPrinted();
    text.skip(REFUSED.fingerprint);
    const fingerprint = what === "x509" ? text.text(HEX64) : text.text(FINGERPRINT);
    const certificate = text.skips(REFUSED.certificate) ? text.text(HEX64) : undefined;
    text.skip(REFUSED.at);
    const at = this.#instant();
    text.skip(REFUSED.close);
    return { what, fingerprint, ...(certificate === undefined ? NOTHING : { certificate }), at };
  }

  #acted(): Acted {
    const text = this.#text;
    text.skip(ACTED.kind);
    const kind = text.plain();
    const digest = text.skips(ACTED.digest) ? text.text(DIGEST) : undefined;
    const said = this.#revocation(ACTED, ACTOR);
    text.skip(ACTED.close);
    if (kind === "revoke" && digest === undefined) return { kind, ...said };
    const { issue, comment, by } = said;
    if (kind !== "deny" || digest === undefined || issue === undefined) return text.isNotPrinted();
    if (comment === undefined || by === undefined) return text.isNotPrinted();
    return { kind, digest, ...said, issue, comment, by };
  }

  /** The keys that a revocation and a denial have in common, from the reason on. */
  #revocation(layout: Layout<keyof Revocation>, actor: Layout<keyof Account>): Revocation {
    const text = this.#text;
    text.skip(layout.reason);
    const reason = text.plain();
    const issue = text.skips(layout.issue) ? text.whole(ISSUE) : undefined;
    const comment = text.skips(layout.comment) ? text.whole(COUNT) : undefined;
    const by = text.skips(layout.by) ? this.#account(actor) : undefined;
    text.skip(layout.at);
    const at = this.#instant();
    return {
      reason,
      ...(issue === undefined ? NOTHING : { issue }),
      ...(comment === undefined ? NOTHING : { comment }),
      ...(by === undefined ? NOTHING : { by }),
      at,
    };
  }

  #account({ id, login, close }: Layout<keyof Account>): Account {
    const text = this.#text;
    text.skip(id);
    const number = text.whole(COUNT);
    text.skip(login);
    const account = this.#repeated.account(number, text.plain()) ?? text.isNotPrinted();
    text.skip(close);
    return account;
  }

  #instant(): Instant {
    const at = this.#text.plain();
    return INSTANT.test(at) ? (at as Instant) : this.#text.isNotPrinted();
  }
}

const NOTHING = {};
const NONE: readonly never[] = Object.freeze([]);
