import type { ComputerId } from "../names.ts";
import type {
  AcceptedCertificate,
  AcceptedKey,
  Acted,
  ComputerRecord,
  RefusedKey,
  Revocation,
} from "../registry/record.ts";
import type { Instant } from "../time.ts";

/** The record after a revocation: nothing gives access any more, and each key is remembered as refused. */
export function revoked(record: ComputerRecord, revocation: Revocation): ComputerRecord {
  const { at } = revocation;
  const refused: RefusedKey[] = [
    ...record.refused,
    ...record.sshKeys.map((key) => refusedFor(key, "ssh", at)),
    ...record.hostKeys.map((key) => refusedFor(key, "host", at)),
    ...record.certificates.map((certificate) => refusedFor(certificate, "x509", at)),
  ];
  const { port: _, ...kept } = record;
  return {
    ...kept,
    sshKeys: [],
    hostKeys: [],
    certificates: [],
    refused,
    revoked: revocation,
    history: [...record.history, { kind: "revoke", ...revocation }],
  };
}

/** The record after a denial: of a computer that was never let in, one that only remembers. */
export function denied(
  record: ComputerRecord | undefined,
  id: ComputerId,
  denial: Extract<Acted, { kind: "deny" }>,
): ComputerRecord {
  const before = record ?? { ...NOTHING, id };
  return { ...before, history: [...before.history, denial] };
}

const NOTHING: Omit<ComputerRecord, "id"> = {
  format: 1,
  sequence: 0,
  sshKeys: [],
  hostKeys: [],
  certificates: [],
  refused: [],
  history: [],
};

/** A part as it is remembered once it may never come back. */
export const refusedFor = (
  part: AcceptedKey | AcceptedCertificate,
  what: RefusedKey["what"],
  at: Instant,
): RefusedKey =>
  "keySha256" in part
    ? { what, fingerprint: part.keySha256, certificate: part.certificate, at }
    : { what, fingerprint: part.fingerprint, at };
