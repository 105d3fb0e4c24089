import type { AcceptedKey, ComputerRecord } from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import type { Submission } from "../submission/submission.ts";

/** Two claims to one SSH key: anyone can copy a public key from a public issue, and be let in with it first. */
export interface UnprovedHolder {
  readonly record: ComputerRecord;
  readonly part: AcceptedKey;
}

/** Who holds the key that a submission proves, if they never proved it themselves. */
export function unprovedHolderOf(
  submission: Submission,
  registry: Registry,
  proven: boolean,
): UnprovedHolder | undefined {
  if (!proven || submission.kind !== "enroll") return undefined;
  const { fingerprint } = submission.key;
  const holder = registry.holderOf(fingerprint);
  const record = holder === undefined ? undefined : registry.get(holder);
  const part = record?.sshKeys.find((key) => key.fingerprint === fingerprint);
  if (record === undefined || part === undefined || part.evidence.proven === true) return undefined;
  return { record, part };
}

/** The record of a computer that loses a key to whoever proved it. The key isn't refused: its owner goes on using it. */
export function withoutKey(record: ComputerRecord, { fingerprint }: AcceptedKey): ComputerRecord {
  const { port, ...rest } = record;
  const sshKeys = record.sshKeys.filter((key) => key.fingerprint !== fingerprint);
  return { ...rest, ...(port === undefined || sshKeys.length === 0 ? {} : { port }), sshKeys };
}
