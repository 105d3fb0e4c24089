import { LONGEST_POLICY } from "../../core/iot-policy.ts";
import { type Page, type PageRequest, pageOf } from "./paging.ts";
import { IotRefusal } from "./refusal.ts";

/** A policy with its one version. */
export interface Policy {
  readonly number: number;
  readonly name: string;
  readonly arn: string;
  readonly document: string;
  readonly createdAt: Date;
}

/** The policies of one account and region. */
export class Policies {
  readonly #arnOf: (name: string) => string;
  readonly #policies = new Map<string, Policy>();

  constructor(arnOf: (name: string) => string) {
    this.#arnOf = arnOf;
  }

  create(name: string, document: string, createdAt: Date): Policy {
    if (!/^[\w+=,.@-]{1,128}$/.test(name)) {
      throw new IotRefusal("InvalidRequestException", `Policy name ${JSON.stringify(name)} is not valid`);
    }
    const arn = this.#arnOf(name);
    if (this.#policies.has(name)) {
      throw new IotRefusal(
        "ResourceAlreadyExistsException",
        `Policy cannot be created - name already exists (name=${name})`,
      );
    }
    checkDocument(document);
    const policy = { number: this.#policies.size + 1, name, arn, document, createdAt };
    this.#policies.set(name, policy);
    return policy;
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
}

function checkDocument(document: string): void {
  if (document.replaceAll(/\s/g, "").length > LONGEST_POLICY) {
    throw new IotRefusal(
      "InvalidRequestException",
      `Policy document has more than ${LONGEST_POLICY} characters without blanks`,
    );
  }
  const content = parse(document);
  const fits =
    typeof content === "object" && content !== null && "Version" in content && "Statement" in content;
  if (!fits) throw malformed();
}

function parse(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    throw malformed();
  }
}

const malformed = (): IotRefusal =>
  new IotRefusal("MalformedPolicyException", "Policy document is Malformed");
