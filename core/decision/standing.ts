import type { ComputerRecord, Evidence } from "../registry/record.ts";
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
