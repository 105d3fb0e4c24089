import { Failure } from "../core/failure.ts";
import type { CertificateRequest } from "../core/keys/csr.ts";
import type { Role } from "../core/names.ts";
import type {
  CertificateDescription,
  CertificateSummary,
  Certificates,
  IssuedCertificate,
} from "../core/ports/certificates.ts";
import type { Broker } from "../core/realm/realm.ts";
import type { FollowedRealm } from "./followed-realm.ts";

/** The certificate service that realm.yaml names at the moment: another region there needs no restart. */
export class RealmCertificates implements Certificates {
  readonly #realm: FollowedRealm;
  readonly #serviceOf: (broker: Broker) => Promise<Certificates>;
  #current: { readonly broker: string; readonly service: Certificates } | undefined;

  constructor(realm: FollowedRealm, serviceOf: (broker: Broker) => Promise<Certificates>) {
    this.#realm = realm;
    this.#serviceOf = serviceOf;
  }

  async createInactive(csr: CertificateRequest, role: Role): Promise<IssuedCertificate> {
    return (await this.#service()).createInactive(csr, role);
  }

  async activate(certificate: string): Promise<void> {
    await (await this.#service()).activate(certificate);
  }

  async remove(certificate: string, also?: "end session"): Promise<void> {
    await (await this.#service()).remove(certificate, also);
  }

  async *list(): AsyncIterable<CertificateSummary> {
    yield* (await this.#service()).list();
  }

  async describe(certificate: string): Promise<CertificateDescription | undefined> {
    return (await this.#service()).describe(certificate);
  }

  async #service(): Promise<Certificates> {
    const { broker } = await this.#realm.realm();
    if (broker === undefined)
      throw new Failure("refused", "realm.yaml names no broker, so nobody signs certificates");
    const key = JSON.stringify(broker);
    if (this.#current?.broker !== key)
      this.#current = { broker: key, service: await this.#serviceOf(broker) };
    return this.#current.service;
  }
}
