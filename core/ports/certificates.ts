import type { CertificateRequest } from "../keys/csr.ts";
import type { Role } from "../names.ts";
import type { OwnBroker } from "../realm/realm.ts";
import type { Instant } from "../time.ts";

export interface IssuedCertificate {
  /** AWS IoT's certificate id: 64 hex digits. */
  readonly certificate: string;
  readonly arn: string;
  readonly pem: string;
}

export interface CertificateSummary {
  readonly certificate: string;
  readonly arn: string;
  readonly status: "active" | "inactive" | "other";
  readonly createdAt: Instant;
}

export interface CertificateDescription {
  readonly status: CertificateSummary["status"];
  readonly pem: string;
}

export interface Certificates {
  /** Signs, inactive, and attaches the role's policy. Each call makes another certificate, also for one CSR. */
  createInactive(csr: CertificateRequest, role: Role): Promise<IssuedCertificate>;
  /** May be repeated. */
  activate(certificate: string): Promise<void>;
  /**
   * Deactivates, detaches and deletes; may be repeated, a certificate that is gone is no error. With `end session` the
   * broker also ends what its client id holds, at once: left alone, a session may outlive its certificate by minutes.
   */
  remove(certificate: string, also?: "end session"): Promise<void>;
  list(): AsyncIterable<CertificateSummary>;
  /** As the service has it at this moment; undefined if it is gone. */
  describe(certificate: string): Promise<CertificateDescription | undefined>;
}

/** A certificate of a CA of one's own that is refused for ever. */
export interface RevokedCertificate {
  readonly certificate: string;
  readonly at: Instant;
}

/** Says in the name of a broker's CA which certificates are revoked; the same ones give the same text. */
export interface RevocationLists {
  print(broker: OwnBroker, revoked: readonly RevokedCertificate[]): Promise<string>;
}
