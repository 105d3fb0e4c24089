import type { CertificateRequest } from "../core/keys/csr.ts";
import type { Role } from "../core/names.ts";
import type { Certificates, IssuedCertificate } from "../core/ports/certificates.ts";
import type { ComputerRecord } from "../core/registry/record.ts";

/**
 * Signs a request once however often its decision is taken again: the service gives another certificate for every
 * call, also for the same request. What no record names in the end is taken back.
 */
export class SignedOnce {
  readonly #certificates: Certificates;
  readonly #issued = new Map<string, IssuedCertificate>();

  constructor(certificates: Certificates) {
    this.#certificates = certificates;
  }

  /** Inactive until the registry names it. */
  async certificateFor(csr: CertificateRequest, role: Role): Promise<IssuedCertificate> {
    const issued = this.#issued.get(csr.sha256) ?? (await this.#certificates.createInactive(csr, role));
    this.#issued.set(csr.sha256, issued);
    return issued;
  }

  /** Removes what was signed here and is not in the record. */
  async dropAllBut(record: ComputerRecord | undefined): Promise<void> {
    for (const [csr, { certificate }] of this.#issued) {
      if (record?.certificates.some((kept) => kept.certificate === certificate) === true) continue;
      await this.#certificates.remove(certificate);
      this.#issued.delete(csr);
    }
  }
}
