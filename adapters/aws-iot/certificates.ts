import {
  AttachPolicyCommand,
  CreateCertificateFromCsrCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  DetachPolicyCommand,
  type IoTClient,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import type { CertificateRequest } from "../../core/keys/csr.ts";
import type { Role } from "../../core/names.ts";
import type {
  CertificateDescription,
  CertificateSummary,
  Certificates,
  IssuedCertificate,
} from "../../core/ports/certificates.ts";
import { readDescription, readIssued, readPolicyNames, readSummaries } from "./answers.ts";
import { type Ask, askOf } from "./ask.ts";
import { iotClient } from "./client.ts";
import { AwsIotConnections } from "./connections.ts";
import { unlessGone } from "./failures.ts";
import { Pace } from "./pace.ts";

export interface AwsIotSettings {
  readonly region: string;
  /** Names of policies that exist there. */
  readonly policies: Readonly<Record<Role, string>>;
  /** Left out: what `AWS_ENDPOINT_URL_IOT` says, or else the region's own. */
  readonly endpoint?: string;
}

/** AWS's largest page. */
const PAGE = 250;

/** AWS IoT Core signs and keeps the certificates. */
export class AwsIotCertificates implements Certificates {
  readonly #client: IoTClient;
  readonly #policies: AwsIotSettings["policies"];
  readonly #ask: Ask;
  readonly #connections: AwsIotConnections;

  constructor({ region, policies, endpoint }: AwsIotSettings) {
    this.#client = iotClient(region, endpoint);
    this.#policies = policies;
    this.#connections = new AwsIotConnections(region);
    this.#ask = askOf(`certificate service (AWS IoT in ${region})`, new Pace());
  }

  /** If a call is cut off, a certificate may stay behind: inactive, in `list`, and nobody's. */
  async createInactive(csr: CertificateRequest, role: Role): Promise<IssuedCertificate> {
    const request = new CreateCertificateFromCsrCommand({
      certificateSigningRequest: csr.pem,
      setAsActive: false,
    });
    const issued = readIssued(await this.#ask("sign a csr", (until) => this.#client.send(request, until)));
    try {
      await this.#attach(this.#policies[role], issued.arn);
    } catch (error) {
      await this.remove(issued.certificate).catch(() => {});
      throw error;
    }
    return issued;
  }

  async activate(certificate: string): Promise<void> {
    await this.#setStatus(certificate, "ACTIVE");
  }

  async remove(certificate: string, also?: "end session"): Promise<void> {
    const described = await this.#described(certificate);
    if (described === undefined) return;
    const { arn, pem } = described;
    await unlessGone(async () => {
      await this.#setStatus(certificate, "INACTIVE");
      // Before the certificate is gone: a run that is cut off is repeated as long as it is there.
      if (also !== undefined) await this.#connections.end(pem);
      for (const policy of await this.#policiesOf(arn)) await unlessGone(() => this.#detach(policy, arn));
      const request = new DeleteCertificateCommand({ certificateId: certificate });
      await this.#ask("delete a certificate", (until) => this.#client.send(request, until));
    });
  }

  async *list(): AsyncIterable<CertificateSummary> {
    let marker: string | undefined;
    do {
      const request = new ListCertificatesCommand({ pageSize: PAGE, marker, ascendingOrder: true });
      const page = await this.#ask("list certificates", (until) => this.#client.send(request, until));
      yield* readSummaries(page);
      marker = page.nextMarker;
    } while (marker !== undefined);
  }

  async describe(certificate: string): Promise<CertificateDescription | undefined> {
    const described = await this.#described(certificate);
    return described === undefined ? undefined : { status: described.status, pem: described.pem };
  }

  async #attach(policy: string, target: string): Promise<void> {
    const request = new AttachPolicyCommand({ policyName: policy, target });
    await this.#ask(
      `attach the policy ${JSON.stringify(policy)}`,
      (until) => this.#client.send(request, until),
      "AttachPolicy",
    );
  }

  async #detach(policy: string, target: string): Promise<void> {
    const request = new DetachPolicyCommand({ policyName: policy, target });
    await this.#ask(
      `detach the policy ${JSON.stringify(policy)}`,
      (until) => this.#client.send(request, until),
      "DetachPolicy",
    );
  }

  async #setStatus(certificate: string, newStatus: "ACTIVE" | "INACTIVE"): Promise<void> {
    const request = new UpdateCertificateCommand({ certificateId: certificate, newStatus });
    await this.#ask(
      `make a certificate ${newStatus}`,
      (until) => this.#client.send(request, until),
      "UpdateCertificate",
    );
  }

  async #described(certificate: string) {
    const request = new DescribeCertificateCommand({ certificateId: certificate });
    return unlessGone(async () =>
      readDescription(
        await this.#ask("describe a certificate", (until) => this.#client.send(request, until)),
      ),
    );
  }

  async #policiesOf(target: string): Promise<readonly string[]> {
    // A certificate has ten at most, so one page holds them.
    const request = new ListAttachedPoliciesCommand({ target, pageSize: PAGE });
    return readPolicyNames(
      await this.#ask("list a certificate's policies", (until) => this.#client.send(request, until)),
    );
  }
}
