import { formatId } from "../names.ts";
import type { Account } from "../submission/issue.ts";
import type { AcceptedKey, Acted, ComputerRecord, Evidence, Revocation } from "./record.ts";

/** The record as its file: keys in one order, two-space indent, a final newline. */
export function printRecord(record: ComputerRecord): string {
  const { format, id, sequence, port, sshKeys, hostKeys, certificates, refused, revoked, history } = record;
  const file = {
    format,
    computer: formatId(id),
    sequence,
    port,
    sshKeys: sshKeys.map(keyFile),
    hostKeys: hostKeys.map(keyFile),
    certificates: certificates.map(({ certificate, arn, pem, csrSha256, keySha256, end, evidence }) => ({
      certificate,
      arn,
      pem,
      csrSha256,
      keySha256,
      end,
      evidence: evidenceFile(evidence),
    })),
    refused: refused.map(({ what, fingerprint, certificate, at }) => ({
      what,
      fingerprint,
      certificate,
      at,
    })),
    revoked: revoked === undefined ? undefined : revocationFile(revoked),
    history: history.map(actedFile),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

const keyFile = ({ key, fingerprint, end, evidence }: AcceptedKey) => ({
  key,
  fingerprint,
  end,
  evidence: evidenceFile(evidence),
});

const evidenceFile = ({ issue, digest, submitter, approvers, proven, rule, realmCommit, at }: Evidence) => ({
  issue,
  digest,
  submitter: accountFile(submitter),
  approvers: approvers.map(accountFile),
  proven,
  rule,
  realmCommit,
  at,
});

const revocationFile = ({ reason, issue, comment, by, at }: Revocation) => ({
  reason,
  issue,
  comment,
  by: by === undefined ? undefined : accountFile(by),
  at,
});

const actedFile = (acted: Acted) => ({
  kind: acted.kind,
  digest: acted.kind === "deny" ? acted.digest : undefined,
  ...revocationFile(acted),
});

const accountFile = ({ id, login }: Account) => ({ id, login });
