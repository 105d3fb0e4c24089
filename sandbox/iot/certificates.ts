import { Failure } from "../../core/failure.ts";
import { subjectOfCertificate } from "../../core/keys/certificate-subject.ts";
import type { CertificateRequest } from "../../core/keys/csr.ts";
import type { Role } from "../../core/names.ts";
import type {
  CertificateDescription,
  CertificateSummary,
  Certificates,
  IssuedCertificate,
} from "../../core/ports/certificates.ts";
import { instantOf } from "../../core/time.ts";
import type { CertificateStatus, Iot } from "./iot.ts";
import { IotRefusal } from "./refusal.ts";

/** The port on the sandbox's model itself, without HTTP: for tests of flows. */
export class InMemoryCertificates implements Certificates {
  readonly #iot: Iot;
  readonly #policies: Readonly<Record<Role, string>>;

  constructor(iot: Iot, policies: Readonly<Record<Role, string>>) {
    this.#iot = iot;
    this.#policies = policies;
  }

  async createInactive(csr: CertificateRequest, role: Role): Promise<IssuedCertificate> {
    const { id, arn, pem } = await this.#iot.createCertificateFromCsr(csr.pem).catch(refused);
    try {
      this.#iot.attachPolicy(this.#policies[role], arn);
    } catch (error) {
      await this.remove(id);
      return refused(error);
    }
    return { certificate: id, arn, pem };
  }

  async activate(certificate: string): Promise<void> {
    try {
      this.#iot.updateCertificate(certificate, "ACTIVE");
    } catch (error) {
      refused(error);
    }
  }

  async remove(certificate: string, also?: "end session"): Promise<void> {
    const found = this.#iot.find(certificate);
    if (found === undefined) return;
    this.#iot.updateCertificate(certificate, "INACTIVE");
    if (also !== undefined) this.#endSessionOf(found.pem);
    for (const policy of found.policies) this.#iot.detachPolicy(policy, found.arn);
    this.#iot.deleteCertificate(certificate);
  }

  #endSessionOf(pem: string): void {
    const subject = subjectOfCertificate(pem);
    try {
      if (subject.ok) this.#iot.deleteConnection(subject.value.commonName);
    } catch (error) {
      if (!(error instanceof IotRefusal) || error.name !== "ResourceNotFoundException") throw error;
    }
  }

  async describe(certificate: string): Promise<CertificateDescription | undefined> {
    const found = this.#iot.find(certificate);
    return found === undefined ? undefined : { status: STATUS[found.status], pem: found.pem };
  }

  async *list(): AsyncIterable<CertificateSummary> {
    let marker: string | undefined;
    do {
      const page = this.#iot.listCertificates({
        ascending: true,
        ...(marker === undefined ? {} : { marker }),
      });
      for (const { id, arn, status, createdAt } of page.items) {
        yield { certificate: id, arn, status: STATUS[status], createdAt: instantOf(createdAt) };
      }
      marker = page.nextMarker;
    } while (marker !== undefined);
  }
}

const STATUS: Readonly<Record<CertificateStatus, CertificateSummary["status"]>> = {
  ACTIVE: "active",
  INACTIVE: "inactive",
  REVOKED: "other",
};

function refused(error: unknown): never {
  if (error instanceof IotRefusal)
    throw new Failure("refused", `certificate service refuses: ${error.message}`);
  throw error;
}
