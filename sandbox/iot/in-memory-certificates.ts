import type { CertificateRequest } from "../../core/csr.ts";
import { unavailable } from "../../core/failure.ts";
import type { Role } from "../../core/names.ts";
import type { CertificateSummary, Certificates, IssuedCertificate } from "../../core/ports.ts";
import { instantOf } from "../../core/time.ts";
import type { Iot } from "./iot.ts";
import { IotRefusal } from "./refusal.ts";

/** The service as a port, without HTTP between: the fake of tests, on the model that the AWS SDK meets. */
export class InMemoryCertificates implements Certificates {
  readonly #iot: Iot;
  readonly #policies: Readonly<Record<Role, string>>;

  constructor(iot: Iot, policies: Readonly<Record<Role, string>>) {
    this.#iot = iot;
    this.#policies = policies;
  }

  createInactive(csr: CertificateRequest, role: Role): Promise<IssuedCertificate> {
    return answered(async () => {
      this.#iot.admitCall();
      const { id, arn, pem } = await this.#iot.create(csr.pem, "INACTIVE");
      this.#iot.admitCall();
      this.#iot.attach(this.#policies[role], arn);
      return { certificate: id, arn, pem };
    });
  }

  activate(certificate: string): Promise<void> {
    return answered(async () => {
      this.#iot.admitCall();
      this.#iot.setStatus(certificate, "ACTIVE");
    });
  }

  remove(certificate: string): Promise<void> {
    return answered(async () => {
      this.#iot.admitCall();
      const found = this.#iot.find(certificate);
      if (found === undefined) return;
      this.#iot.setStatus(certificate, "INACTIVE");
      for (const policy of found.policies) this.#iot.detach(policy, found.arn);
      this.#iot.delete(certificate);
    });
  }

  async *list(): AsyncIterable<CertificateSummary> {
    await answered(async () => this.#iot.admitCall());
    for (const { id, arn, status, createdAt } of this.#iot.all()) {
      yield { certificate: id, arn, status: statusOf(status), createdAt: instantOf(createdAt) };
    }
  }
}

const statusOf = (status: string): CertificateSummary["status"] =>
  status === "ACTIVE" ? "active" : status === "INACTIVE" ? "inactive" : "other";

async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IotRefusal) throw unavailable("certificate service", error);
    throw error;
  }
}
