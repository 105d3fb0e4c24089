import type { Sha256 } from "../keys/csr.ts";
import type { Fingerprint } from "../keys/ssh-key.ts";
import type { ComputerId } from "../names.ts";
import type { Account } from "../submission/issue.ts";
import type { Instant } from "../time.ts";

/** The full object id of a Git commit: 40 hex digits. */
export type CommitId = string;

/**
 * What the registry holds of one computer: the file `<system>/<computer>.json`, keys in this order, two-space
 * indent, a final newline. Lists are sorted by time of acceptance. Only the bot writes it.
 */
export interface ComputerRecord {
  readonly format: 1;
  readonly id: ComputerId;
  /** The registry's sequence at the commit that last changed this record. */
  readonly sequence: number;
  /** A device's port on its proxy, from the first accepted SSH key on; controllers have none. */
  readonly port?: number;
  readonly sshKeys: readonly AcceptedKey[];
  readonly hostKeys: readonly AcceptedKey[];
  readonly certificates: readonly AcceptedCertificate[];
  /** Keys that were revoked here: refused for ever, under any name. */
  readonly refused: readonly RefusedKey[];
  /** The computer is revoked: it has no keys, and its name is `ask` at best. The last of its kind in the history. */
  readonly revoked?: Revocation;
  /**
   * Every revocation and denial that was carried out here, the oldest first, so that none is carried out twice: also
   * not once the name was let in again, and also not when the comment that asked for it is gone.
   */
  readonly history: readonly Acted[];
}

/** A record that holds no key remembers something, but gives no access, has no port and counts for nothing. */
export const isEnrolled = ({ sshKeys, hostKeys, certificates }: ComputerRecord): boolean =>
  sshKeys.length + hostKeys.length + certificates.length > 0;

export interface RefusedKey {
  readonly what: "ssh" | "host" | "x509";
  /** `SHA256:…` of an SSH or host key; lower-case hex SHA-256 of an X.509 key's SubjectPublicKeyInfo. */
  readonly fingerprint: string;
  /** Of an X.509 key: the certificate that must be gone from the certificate service. */
  readonly certificate?: string;
  readonly at: Instant;
}

export interface AcceptedKey {
  /** `<type> <base64>`, without a comment. */
  readonly key: string;
  readonly fingerprint: Fingerprint;
  /** The first instant without access; left out: it lasts. */
  readonly end?: Instant;
  readonly evidence: Evidence;
}

export interface AcceptedCertificate {
  /** AWS IoT's certificate id: 64 hex digits. */
  readonly certificate: string;
  readonly arn: string;
  readonly pem: string;
  readonly csrSha256: Sha256;
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly keySha256: Sha256;
  readonly end?: Instant;
  readonly evidence: Evidence;
}

/** Why a part was accepted: enough to decide again later. */
export interface Evidence {
  readonly issue: number;
  /** `sha256:` and 64 hex digits, over [repository id, issue number, author id, title, body]. */
  readonly digest: string;
  readonly submitter: Account;
  readonly approvers: readonly Account[];
  /** The SSH key came with a verified proof of possession: no other claim to it counts for more. */
  readonly proven?: true;
  /** `systems.hula.trust[0]` */
  readonly rule: string;
  /** The commit of realm.yaml that the rule was read from. */
  readonly realmCommit: CommitId;
  readonly at: Instant;
}

export interface Revocation {
  readonly reason: string;
  /** The issue that asked for it, or that carries the comment which did; left out where a sweep revoked. */
  readonly issue?: number;
  /** The comment that asked for it, by its id. */
  readonly comment?: number;
  /** Left out where a sweep revoked. */
  readonly by?: Account;
  readonly at: Instant;
}

export type Acted =
  | ({ readonly kind: "revoke" } & Revocation)
  | {
      readonly kind: "deny";
      readonly issue: number;
      readonly comment: number;
      /** The text that was denied: an edited one is decided anew. */
      readonly digest: string;
      readonly reason: string;
      readonly by: Account;
      readonly at: Instant;
    };
