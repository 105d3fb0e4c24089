import { X509Certificate } from "node:crypto";
import type { PolicyDocument } from "../../core/iot/policy.ts";
import { checkRequest } from "./csr.ts";
import { type Page, type PageRequest, pageOf } from "./paging.ts";
import { Policies, type Policy, type PolicyVersion } from "./policies.ts";
import { IotRefusal } from "./refusal.ts";

export const ACCOUNT = "123456789012";
const MOST_POLICIES = 10;

export type CertificateStatus = "ACTIVE" | "INACTIVE" | "REVOKED";

export interface Certificate {
  readonly number: number;
  /** SHA-256 of the DER in hex. */
  readonly id: string;
  readonly arn: string;
  readonly pem: string;
  readonly status: CertificateStatus;
  /** Names of the attached policies, in the order of attaching. */
  readonly policies: readonly string[];
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface IotSettings {
  /** Signs requests; a `LocalCa` does. */
  readonly ca: { sign(csrPem: string): Promise<string> };
  readonly region: string;
  readonly now: () => Date;
}

/** AWS IoT Core's certificates and policies, as far as Warren uses them: one account in one region. */
export class Iot {
  readonly region: string;
  /** Where computers connect to, `host:port`; whoever starts the broker knows. */
  endpoint = "localhost:8883";
  readonly #ca: IotSettings["ca"];
  readonly #now: () => Date;
  readonly #policies = new Policies((name) => this.#arn("policy", name));
  readonly #certificates = new Map<string, Certificate>();
  readonly #connections = new Set<(clientId: string) => boolean>();
  readonly #listeners = new Set<(certificateId: string) => void>();
  #made = 0;

  constructor({ ca, region, now }: IotSettings) {
    this.region = region;
    this.#ca = ca;
    this.#now = now;
  }

  /** Another certificate at each call, also for one request. */
  async createCertificateFromCsr(csrPem: string, setAsActive = false): Promise<Certificate> {
    await checkRequest(csrPem);
    const pem = await this.#ca.sign(csrPem);
    const { fingerprint256, validFrom, validTo } = new X509Certificate(pem);
    const id = fingerprint256.replaceAll(":", "").toLowerCase();
    const now = this.#now();
    this.#made += 1;
    const certificate: Certificate = {
      number: this.#made,
      id,
      arn: this.#arn("cert", id),
      pem,
      status: setAsActive ? "ACTIVE" : "INACTIVE",
      policies: [],
      createdAt: now,
      modifiedAt: now,
      notBefore: new Date(validFrom),
      notAfter: new Date(validTo),
    };
    this.#certificates.set(id, certificate);
    return certificate;
  }

  /** Undefined if there is none: for the broker, which takes that as a no. */
  find(certificateId: string): Certificate | undefined {
    return this.#certificates.get(certificateId);
  }

  describeCertificate(certificateId: string): Certificate {
    const certificate = this.#certificates.get(certificateId);
    if (certificate === undefined) {
      throw new IotRefusal(
        "ResourceNotFoundException",
        `The certificate given in the request does not exist (id=${certificateId})`,
      );
    }
    return certificate;
  }

  /** May be repeated. */
  updateCertificate(certificateId: string, status: CertificateStatus): void {
    const certificate = this.describeCertificate(certificateId);
    if (certificate.status !== status) this.#change(certificate, { status });
  }

  /** `force` deletes one that still has policies; an active one stays even then. */
  deleteCertificate(certificateId: string, force = false): void {
    const { id, arn, status, policies } = this.describeCertificate(certificateId);
    if (status === "ACTIVE") {
      throw new IotRefusal(
        "CertificateStateException",
        `Certificate must be deactivated (not ACTIVE) before deletion. (id=${id})`,
      );
    }
    if (policies.length > 0 && !force) {
      throw new IotRefusal(
        "DeleteConflictException",
        `Certificate policies must be detached before deletion (arn=${arn})`,
      );
    }
    this.#certificates.delete(id);
    this.#tell(id);
  }

  listCertificates(page: PageRequest = {}): Page<Certificate> {
    return pageOf(this.#certificates.values(), page);
  }

  /** May be repeated. */
  attachPolicy(policyName: string, target: string): void {
    const certificate = this.#target(target);
    const { name } = this.#policies.get(policyName);
    const { id, policies } = certificate;
    if (policies.includes(name)) return;
    if (policies.length >= MOST_POLICIES) {
      throw new IotRefusal(
        "LimitExceededException",
        `Certificate has ${MOST_POLICIES} policies already (id=${id})`,
      );
    }
    this.#change(certificate, { policies: [...policies, name] });
  }

  /** May be repeated. */
  detachPolicy(policyName: string, target: string): void {
    const certificate = this.#target(target);
    const { name } = this.#policies.get(policyName);
    const { policies } = certificate;
    if (policies.includes(name))
      this.#change(certificate, { policies: policies.filter((one) => one !== name) });
  }

  listAttachedPolicies(target: string, page: PageRequest = {}): Page<Policy> {
    return pageOf(
      this.#target(target).policies.map((name) => this.#policies.get(name)),
      page,
    );
  }

  /** The certificates that have the policy. */
  listTargetsForPolicy(policyName: string, page: PageRequest = {}): Page<Certificate> {
    const { name } = this.#policies.get(policyName);
    return pageOf(
      [...this.#certificates.values()].filter(({ policies }) => policies.includes(name)),
      page,
    );
  }

  createPolicy(policyName: string, text: string): Policy {
    return this.#policies.create(policyName, text, this.#now());
  }

  getPolicy(policyName: string): Policy {
    return this.#policies.get(policyName);
  }

  listPolicies(page: PageRequest = {}): Page<Policy> {
    return this.#policies.list(page);
  }

  deletePolicy(policyName: string): void {
    if (this.listTargetsForPolicy(policyName).items.length > 0) {
      throw new IotRefusal(
        "DeleteConflictException",
        `The policy cannot be deleted as it is attached to one or more principals (name=${policyName})`,
      );
    }
    this.#policies.delete(policyName);
  }

  createPolicyVersion(policyName: string, text: string, setAsDefault = false): PolicyVersion {
    return this.#policies.createVersion(policyName, text, setAsDefault, this.#now());
  }

  setDefaultPolicyVersion(policyName: string, versionId: string): void {
    this.#policies.setDefaultVersion(policyName, versionId);
  }

  deletePolicyVersion(policyName: string, versionId: string): void {
    this.#policies.deleteVersion(policyName, versionId);
  }

  /** What judges the holder of a certificate at this moment; nothing, and so never a yes, if it is not active. */
  documentsOf(certificateId: string): readonly PolicyDocument[] {
    const certificate = this.#certificates.get(certificateId);
    if (certificate?.status !== "ACTIVE") return [];
    return certificate.policies.map((name) => this.#policies.get(name).version.document);
  }

  /** Hears of each change of a certificate's status or policies, and of its end; returns what stops that. */
  onChange(listener: (certificateId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #target(arn: string): Certificate {
    const prefix = this.#arn("cert", "");
    if (!arn.startsWith(prefix)) {
      throw new IotRefusal("InvalidRequestException", `Invalid target arn ${JSON.stringify(arn)}`);
    }
    return this.describeCertificate(arn.slice(prefix.length));
  }

  #change(certificate: Certificate, change: Partial<Pick<Certificate, "status" | "policies">>): void {
    this.#certificates.set(certificate.id, { ...certificate, ...change, modifiedAt: this.#now() });
    this.#tell(certificate.id);
  }

  /** Ends the session of this client id. */
  deleteConnection(clientId: string): void {
    const ended = [...this.#connections].filter((end) => end(clientId));
    if (ended.length === 0)
      throw new IotRefusal("ResourceNotFoundException", `No connection of the client ${clientId}`);
  }

  /** Whoever keeps connections ends one by its client id, and says whether it had it; returns what stops that. */
  onDisconnect(end: (clientId: string) => boolean): () => void {
    this.#connections.add(end);
    return () => void this.#connections.delete(end);
  }

  #tell(certificateId: string): void {
    for (const listener of this.#listeners) listener(certificateId);
  }

  #arn(kind: "cert" | "policy", name: string): string {
    return `arn:aws:iot:${this.region}:${ACCOUNT}:${kind}/${name}`;
  }
}
