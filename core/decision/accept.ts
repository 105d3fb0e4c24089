import type { SshPublicKey } from "../keys/ssh-key.ts";
import { roleOf } from "../names.ts";
import type { IssuedCertificate } from "../ports/certificates.ts";
import { type Realm, systemOf } from "../realm/realm.ts";
import {
  type AcceptedCertificate,
  type AcceptedKey,
  type CommitId,
  type ComputerRecord,
  type Evidence,
  isEnrolled,
  type RefusedKey,
} from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import type { Issue } from "../submission/issue.ts";
import type { Submission } from "../submission/submission.ts";
import { type Instant, later } from "../time.ts";
import { refusedFor } from "./acts.ts";
import { allocatePort } from "./allocate.ts";
import type { Decision } from "./decision.ts";
import { ownerOf } from "./standing.ts";

export interface Acceptance {
  readonly realm: Realm;
  readonly realmCommit: CommitId;
  readonly registry: Registry;
  readonly issue: Issue;
  readonly submission: Exclude<Submission, { kind: "revoke" }>;
  readonly decision: Extract<Decision, { kind: "grant" }>;
  /** Whether the submission proved that it holds its SSH key. */
  readonly proven: boolean;
  /** Where the submission carries a request. */
  readonly issued: IssuedCertificate | undefined;
  readonly now: Instant;
}

/** The record of a computer after a grant. Keys that the new ones succeed get an end, or go at once. */
export function accept(acceptance: Acceptance): ComputerRecord {
  const { registry, submission, decision, proven, now } = acceptance;
  const { id } = submission;
  const before = registry.get(id);
  const kept = before !== undefined && isEnrolled(before) ? before : undefined;
  const evidence = evidenceOf(acceptance);
  const end = decision.end === undefined ? {} : { end: decision.end };

  const accepted = (key: SshPublicKey): AcceptedKey => ({
    key: key.line,
    fingerprint: key.fingerprint,
    ...end,
    evidence,
  });
  const sshKeys =
    "key" in submission
      ? [{ ...accepted(submission.key), evidence: { ...evidence, ...(proven ? { proven } : {}) } }]
      : [];
  const hostKeys = hostKeysOf(submission).map(accepted);
  const certificates = certificatesOf(acceptance, evidence);

  // A successor from the same account overlaps; a replacement by another hand means the old device is lost.
  const lost = kept !== undefined && ownerOf(kept)?.id !== evidence.submitter.id;
  const gone: RefusedKey[] = [...(before?.refused ?? [])];
  const succeed = <T extends AcceptedKey | AcceptedCertificate>(
    old: readonly T[],
    fresh: readonly T[],
    what: RefusedKey["what"],
  ) => {
    if (fresh.length === 0) return old;
    if (lost) {
      // A key that comes back with a proof is its owner's: it moved, and isn't refused.
      const kept = old.filter((part) => !fresh.some((one) => keyIn(one) === keyIn(part)));
      gone.push(...kept.map((part) => refusedFor(part, what, now)));
      return fresh;
    }
    const overlap = later(now, acceptance.realm.rotationOverlap);
    return [
      ...old
        .filter((part) => !fresh.some((one) => keyIn(one) === keyIn(part)))
        .map((part) => ({
          ...part,
          end: part.end !== undefined && part.end < overlap ? part.end : overlap,
        })),
      ...fresh,
    ];
  };
  const next = {
    sshKeys: succeed(kept?.sshKeys ?? [], sshKeys, "ssh"),
    hostKeys: succeed(kept?.hostKeys ?? [], hostKeys, "host"),
    certificates: succeed(kept?.certificates ?? [], certificates, "x509"),
  };
  const port = portOf(acceptance, kept);
  return {
    format: 1,
    id,
    sequence: 0,
    ...(port === undefined ? {} : { port }),
    ...next,
    refused: gone,
    history: before?.history ?? [],
  };
}

/** Whether accepting this gives the computer a port, unless it has one. */
export const needsPort = (submission: Submission): boolean =>
  "key" in submission && roleOf(submission.id.computer) === "device";

const keyIn = (part: AcceptedKey | AcceptedCertificate): string =>
  "keySha256" in part ? part.keySha256 : part.fingerprint;

function evidenceOf({ issue, decision, realmCommit, now }: Acceptance): Evidence {
  if (issue.author === null) throw new Error("an issue without an author was granted");
  return {
    issue: issue.number,
    digest: decision.digest,
    submitter: issue.author,
    approvers: decision.approvedBy,
    rule: decision.because[0].rule,
    realmCommit,
    at: now,
  };
}

function hostKeysOf(submission: Acceptance["submission"]): readonly SshPublicKey[] {
  if (submission.kind === "hostkey") return submission.keys;
  return submission.kind === "enroll" ? submission.hostKeys : [];
}

function certificatesOf(
  { submission, issued, decision }: Acceptance,
  evidence: Evidence,
): readonly AcceptedCertificate[] {
  const csr = "csr" in submission ? submission.csr : undefined;
  if (csr === undefined) return [];
  if (issued === undefined) throw new Error("a request was granted without its certificate");
  const end = decision.end === undefined ? {} : { end: decision.end };
  return [{ ...issued, csrSha256: csr.sha256, keySha256: csr.keySha256, ...end, evidence }];
}

/** A device gets its port with its first SSH key and keeps it; a controller has none. */
function portOf(
  { realm, registry, submission }: Acceptance,
  kept: ComputerRecord | undefined,
): number | undefined {
  if (kept?.port !== undefined || !needsPort(submission)) return kept?.port;
  const system = systemOf(realm, submission.id.system);
  if (system === undefined) throw new Error("a system that is not in realm.yaml was granted");
  const port = allocatePort(system, registry, submission.id.computer);
  if (!port.ok) throw new Error(`a grant found no port: ${port.problem}`);
  return port.value;
}
