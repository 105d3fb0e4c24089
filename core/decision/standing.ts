import type { Acted, ComputerRecord, Evidence } from "../registry/record.ts";
import type { Account } from "../submission/issue.ts";
import { type Instant, isPast } from "../time.ts";
import type { Digest } from "./decision.ts";

/** How what is in the registry stands at a moment. */

/** A part that gives access now: its end, if it has one, is still to come. */
export const isInForce = ({ end }: { readonly end?: Instant }, now: Instant): boolean =>
  end === undefined || !isPast(end, now);

/** The account that enrolled a computer: it submitted the newest of its SSH keys, or failing that of the rest. */
export function ownerOf({ sshKeys, certificates, hostKeys }: ComputerRecord): Account | undefined {
  return (sshKeys.at(-1) ?? certificates.at(-1) ?? hostKeys.at(-1))?.evidence.submitter;
}

/** The parts of a record that one text of one issue brought in. */
export const broughtBy = (record: ComputerRecord, issue: number, digest: Digest) => {
  const ours = ({ evidence }: { readonly evidence: Evidence }) =>
    evidence.issue === issue && evidence.digest === digest;
  return {
    sshKeys: record.sshKeys.filter(ours),
    hostKeys: record.hostKeys.filter(ours),
    certificates: record.certificates.filter(ours),
  };
};

/** What asks for a computer to be revoked: an issue of its own, or a comment on one. */
export interface Asked {
  readonly issue: number;
  readonly comment?: number;
  /** When it was written. */
  readonly at: Instant;
}

/** What this very issue or comment did, if it was carried out. */
export const actedOn = (
  { history }: ComputerRecord,
  { issue, comment }: Omit<Asked, "at">,
): Acted | undefined => history.find((acted) => acted.issue === issue && acted.comment === comment);

/** The revocation that fulfilled what was asked for, be it another's: it took place after the asking. */
export const revokedSince = (record: ComputerRecord, asked: Asked): Acted | undefined =>
  actedOn(record, asked) ?? record.history.find(({ kind, at }) => kind === "revoke" && at >= asked.at);

/** Whether all that a computer holds was let in by later issues, after the asking: it speaks of none of it. */
export const isOutlived = (
  { sshKeys, hostKeys, certificates }: ComputerRecord,
  { issue, at }: Asked,
): boolean =>
  [...sshKeys, ...hostKeys, ...certificates].every(
    ({ evidence }) => evidence.issue > issue && evidence.at > at,
  );

/** The denial of exactly this text. */
export const denialOf = (
  record: ComputerRecord | undefined,
  issue: number,
  digest: Digest,
): Extract<Acted, { kind: "deny" }> | undefined =>
  record?.history.find(
    (acted): acted is Extract<Acted, { kind: "deny" }> =>
      acted.kind === "deny" && acted.issue === issue && acted.digest === digest,
  );
