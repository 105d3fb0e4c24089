import { IotRefusal } from "./refusal.ts";

/** AWS IoT Core's quotas, in calls a second for an account. */
const RATES = {
  CreateCertificateFromCsr: 15,
  AttachPolicy: 15,
  DetachPolicy: 15,
  UpdateCertificate: 10,
  DeleteCertificate: 10,
  DescribeCertificate: 10,
  ListCertificates: 10,
  ListAttachedPolicies: 15,
  ListTargetsForPolicy: 10,
  CreatePolicy: 10,
  GetPolicy: 10,
  ListPolicies: 10,
  DeletePolicy: 10,
  CreatePolicyVersion: 10,
  GetPolicyVersion: 15,
  ListPolicyVersions: 10,
  SetDefaultPolicyVersion: 10,
  DeletePolicyVersion: 10,
  DescribeEndpoint: 10,
  DeleteConnection: 10,
} as const;

export type Operation = keyof typeof RATES;

/** A bucket of tokens for each operation: it holds a second's worth, so a second after a rest may see twice the rate. */
export class Rates {
  readonly #limit: number | undefined;
  readonly #buckets = new Map<Operation, { tokens: number; at: number }>();

  /** `limit`: of every operation, where an account's quotas are other than AWS's default. */
  constructor(limit?: number) {
    this.#limit = limit;
  }

  /** `now` in milliseconds. */
  take(operation: Operation, now: number): void {
    const rate = this.#limit ?? RATES[operation];
    const { tokens, at } = this.#buckets.get(operation) ?? { tokens: rate, at: now };
    const left = Math.min(rate, tokens + ((now - at) / 1000) * rate) - 1;
    if (left < 0) throw new IotRefusal("ThrottlingException", "Rate exceeded");
    this.#buckets.set(operation, { tokens: left, at: now });
  }
}
