import { randomBytes } from "node:crypto";
import type { CertificateRequest } from "../../core/keys/csr.ts";
import type { CertificateSummary, Certificates, IssuedCertificate } from "../../core/ports/certificates.ts";
import type { Duration } from "../../core/time.ts";
import type { LocalCa } from "./ca.ts";

/**
 * A CA that keeps no books: the registry is its state. A certificate counts from the commit that names it, for only
 * then do the broker's rules know its holder; before it, nobody has it but the process that signed it. One that leaves
 * the registry is among what was refused there, from which the broker's rules and the revocation list are made. So
 * there is nothing to activate, to remove or to list here, and a crash leaves nothing to find.
 */
export class LocalCertificates implements Certificates {
  readonly #ca: Pick<LocalCa, "sign">;
  readonly #validity: Duration | undefined;
  readonly #now: () => Date;

  /** `validity` left out: as long as AWS IoT's certificates. */
  constructor(ca: Pick<LocalCa, "sign">, validity?: Duration, now: () => Date = () => new Date()) {
    this.#ca = ca;
    this.#validity = validity;
    this.#now = now;
  }

  async createInactive({ pem }: CertificateRequest): Promise<IssuedCertificate> {
    const certificate = randomBytes(32).toString("hex");
    const notAfter =
      this.#validity === undefined
        ? {}
        : { notAfter: new Date(this.#now().getTime() + this.#validity * 1000) };
    const signed = await this.#ca.sign(pem, { certificate, ...notAfter });
    return { certificate, arn: `warren:local-ca:cert/${certificate}`, pem: signed };
  }

  async activate(): Promise<void> {}

  async remove(): Promise<void> {}

  async *list(): AsyncIterable<CertificateSummary> {}

  async describe(): Promise<undefined> {}
}
