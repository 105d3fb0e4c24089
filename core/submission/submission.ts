import { type CertificateRequest, parseCertificateRequest } from "../keys/csr.ts";
import type { SshPublicKey } from "../keys/ssh-key.ts";
import { type ComputerId, clientIdOf, formatId, parseComputerId } from "../names.ts";
import { type Parsed, parsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { readEnrollment, readHostKeys, readKey, readReason, readSingle } from "./body.ts";

/** What an issue asks for, after the one strict reading of its title and body. Untrusted text stops here. */
export type Submission =
  | { readonly kind: "sshkey"; readonly id: ComputerId; readonly key: SshPublicKey }
  | { readonly kind: "csr"; readonly id: ComputerId; readonly csr: CertificateRequest }
  | { readonly kind: "hostkey"; readonly id: ComputerId; readonly keys: readonly SshPublicKey[] }
  | {
      readonly kind: "enroll";
      readonly id: ComputerId;
      readonly key: SshPublicKey;
      readonly hostKeys: readonly SshPublicKey[];
      readonly csr?: CertificateRequest;
      /** An armored SSHSIG, not yet verified. */
      readonly proof?: string;
    }
  | { readonly kind: "revoke"; readonly id: ComputerId; readonly reason: string };

export type SubmissionKind = Submission["kind"];

export type ReadSubmission =
  /** The title is not a submission's: leave the issue alone. */
  | { readonly kind: "none" }
  /** The title claims to be a submission, but title or body can't be understood. */
  | {
      readonly kind: "unreadable";
      readonly claims: SubmissionKind;
      readonly id?: ComputerId;
      readonly problem: string;
    }
  | { readonly kind: "read"; readonly submission: Submission };

const SUFFIXES: readonly (readonly [string, SubmissionKind])[] = [
  [".sshkey.pub", "sshkey"],
  [".x509.csr", "csr"],
  [".hostkey.pub", "hostkey"],
  [".enroll", "enroll"],
  [".revoke", "revoke"],
];
const LONGEST_TITLE = 256;
const LONGEST_BODY = 20_000;

/** Reads an issue's title and body, raw, fenced or as an issue form made it. Limits come before everything else. */
export function readSubmission(title: string, body: string): ReadSubmission {
  const text = title.trimEnd();
  const [suffix, claims] = SUFFIXES.find(([ending]) => text.endsWith(ending)) ?? [];
  if (suffix === undefined || claims === undefined) return { kind: "none" };
  const unreadable = (problem: string, id?: ComputerId): ReadSubmission => ({
    kind: "unreadable",
    claims,
    ...(id === undefined ? {} : { id }),
    problem,
  });
  if (title.length > LONGEST_TITLE) {
    return unreadable(`title has ${title.length} characters; ${LONGEST_TITLE} at most`);
  }
  const id = parseComputerId(text.slice(0, -suffix.length));
  if (!id.ok) return unreadable(`title ${quoted(text)}: ${id.problem}`);
  if (body.length > LONGEST_BODY) {
    return unreadable(`body has ${body.length} characters; ${LONGEST_BODY} at most`, id.value);
  }
  const submission = readBody(claims, id.value, body.replaceAll("\r\n", "\n"));
  return submission.ok
    ? { kind: "read", submission: submission.value }
    : unreadable(submission.problem, id.value);
}

function readBody(kind: SubmissionKind, id: ComputerId, body: string): Parsed<Submission> {
  switch (kind) {
    case "sshkey": {
      const key = readSingle(body, "key", readKey);
      return key.ok ? parsed({ kind, id, key: key.value }) : key;
    }
    case "csr": {
      const csr = readSingle(body, "csr", parseCertificateRequest);
      return csr.ok ? parsed({ kind, id, csr: csr.value }) : csr;
    }
    case "hostkey": {
      const keys = readSingle(body, "hostKeys", readHostKeys);
      return keys.ok ? parsed({ kind, id, keys: keys.value }) : keys;
    }
    case "enroll": {
      const parts = readEnrollment(body);
      return parts.ok ? parsed({ kind, id, ...parts.value }) : parts;
    }
    case "revoke": {
      const reason = readReason(body);
      return reason.ok ? parsed({ kind, id, reason: reason.value }) : reason;
    }
  }
}

/** Where a request's subject is not the one that its title's computer must have; undefined: it is. */
export function subjectProblem(
  csr: CertificateRequest,
  id: ComputerId,
  clientIdSuffix: string,
): string | undefined {
  const { commonName, organizationalUnit, organization } = csr.subject;
  const wanted = [
    ["CN", commonName, clientIdOf(id, clientIdSuffix)],
    ["OU", organizationalUnit, id.computer],
    ["O", organization, id.system],
  ] as const;
  const wrong = wanted.filter(([, found, want]) => found !== want);
  if (wrong.length === 0) return undefined;
  const each = wrong.map(
    ([label, found, want]) => `${label} ${quoted(found)}, where ${quoted(want)} is needed`,
  );
  return `csr subject is not that of ${formatId(id)}: it has ${each.join("; ")}`;
}
