import type { PolicyDocument } from "../../core/iot/policy.ts";
import { type Page, type PageRequest, pageOf } from "./paging.ts";
import { readPolicyDocument } from "./policy-document.ts";
import { IotRefusal } from "./refusal.ts";

export interface PolicyVersion {
  readonly id: string;
  readonly text: string;
  readonly document: PolicyDocument;
  readonly createdAt: Date;
}

export interface Policy {
  readonly number: number;
  readonly name: string;
  readonly arn: string;
  readonly versions: readonly [PolicyVersion, ...PolicyVersion[]];
  /** The one in force. */
  readonly version: PolicyVersion;
  readonly createdAt: Date;
}

const MOST_VERSIONS = 5;

/** The policies of one account and region, each in up to five versions. */
export class Policies {
  readonly #arnOf: (name: string) => string;
  readonly #policies = new Map<string, Policy>();
  #made = 0;
  #versionsMade = new Map<string, number>();

  constructor(arnOf: (name: string) => string) {
    this.#arnOf = arnOf;
  }

  create(name: string, text: string, createdAt: Date): Policy {
    if (!/^[\w+=,.@-]{1,128}$/.test(name)) {
      throw new IotRefusal("InvalidRequestException", `Policy name ${JSON.stringify(name)} is not valid`);
    }
    if (this.#policies.has(name)) {
      throw new IotRefusal(
        "ResourceAlreadyExistsException",
        `Policy cannot be created - name already exists (name=${name})`,
      );
    }
    const version = { id: "1", text, document: readPolicyDocument(text), createdAt };
    this.#made += 1;
    this.#versionsMade.set(name, 1);
    const arn = this.#arnOf(name);
    return this.#put({ number: this.#made, name, arn, versions: [version], version, createdAt });
  }

  get(name: string): Policy {
    const policy = this.#policies.get(name);
    if (policy === undefined) {
      throw new IotRefusal("ResourceNotFoundException", `Policy not found (name=${name})`);
    }
    return policy;
  }

  list(page: PageRequest): Page<Policy> {
    return pageOf(this.#policies.values(), page);
  }

  createVersion(name: string, text: string, inForce: boolean, createdAt: Date): PolicyVersion {
    const policy = this.get(name);
    if (policy.versions.length >= MOST_VERSIONS) {
      throw new IotRefusal(
        "VersionsLimitExceededException",
        `The policy ${name} already has the maximum number of versions (${MOST_VERSIONS})`,
      );
    }
    const document = readPolicyDocument(text);
    const number = (this.#versionsMade.get(name) ?? 0) + 1;
    this.#versionsMade.set(name, number);
    const version = { id: String(number), text, document, createdAt };
    this.#put({
      ...policy,
      versions: [...policy.versions, version],
      version: inForce ? version : policy.version,
    });
    return version;
  }

  setDefaultVersion(name: string, id: string): void {
    const policy = this.get(name);
    this.#put({ ...policy, version: versionIn(policy, id) });
  }

  deleteVersion(name: string, id: string): void {
    const policy = this.get(name);
    if (versionIn(policy, id) === policy.version) {
      throw new IotRefusal("DeleteConflictException", `Cannot delete the default version of policy ${name}`);
    }
    const [first, ...others] = policy.versions.filter((version) => version.id !== id);
    if (first !== undefined) this.#put({ ...policy, versions: [first, ...others] });
  }

  /** Whether it is attached anywhere is for the caller to check. */
  delete(name: string): void {
    if (this.get(name).versions.length > 1) {
      throw new IotRefusal(
        "DeleteConflictException",
        `Policy ${name} has more versions than the default one`,
      );
    }
    this.#policies.delete(name);
    this.#versionsMade.delete(name);
  }

  #put(policy: Policy): Policy {
    this.#policies.set(policy.name, policy);
    return policy;
  }
}

export function versionIn({ name, versions }: Policy, id: string): PolicyVersion {
  const version = versions.find((one) => one.id === id);
  if (version === undefined) {
    throw new IotRefusal("ResourceNotFoundException", `Policy version not found (name=${name}, id=${id})`);
  }
  return version;
}
