import { profileFrom, proofText, type SubmissionText, submissionsOf } from "../core/computer/enrollment.ts";
import type { Profile } from "../core/computer/profile.ts";
import { Failure } from "../core/failure.ts";
import { type ComputerId, roleOf } from "../core/names.ts";
import type { Realm } from "../core/realm/realm.ts";
import type { EnrollParts } from "../core/submission/form.ts";
import { type ComputerKeys, type LetInPorts, PROXY_PATIENCE, takeFromProxy, untilLetIn } from "./let-in.ts";
import { type SubmissionPorts, submit } from "./submit.ts";

export interface EnrollPorts extends LetInPorts {
  readonly keys: ComputerKeys;
  /** Left out: without a token somebody must open the issues by hand. */
  readonly submissions?: SubmissionPorts;
  keepProfile(profile: Profile): Promise<void>;
  /** Shows what to submit by hand. */
  show(submissions: readonly SubmissionText[]): void;
}

export interface Enrolling {
  readonly id: ComputerId;
  readonly realm: Realm;
  /** `<type> <base64>` each; devices only. */
  readonly hostKeys: readonly string[];
  /** Used of devices only. */
  readonly device: NonNullable<Profile["device"]>;
  readonly style: "form" | "split";
  /** Wait for the bot and the proxy; else stop once everything is submitted. */
  readonly wait: boolean;
}

export type Enrolled =
  | { readonly kind: "enrolled"; readonly issues: readonly number[]; readonly profile: Profile }
  /** What is missing comes when it is run again. */
  | { readonly kind: "submitted"; readonly issues: readonly number[] };

/**
 * Makes keys, submits them, waits until they are granted, and takes from the proxy what it now lets this computer have.
 * Interrupted at any point and run again, it goes on there: no second key is made, and no second issue opened.
 */
export async function enroll(ports: EnrollPorts, what: Enrolling): Promise<Enrolled> {
  const profile = profileFrom(what.realm, what.id, what.device);
  if (!profile.ok) throw new Failure("usage", profile.problem);
  const texts = submissionsOf(what.id, what.style, await partsOf(ports, what));
  const issues: number[] = [];
  const { submissions } = ports;
  if (submissions === undefined) ports.show(texts);
  else {
    for (const text of texts) {
      const { number, granted } = await submit(submissions, text, what.wait);
      issues.push(number);
      if (!granted) return { kind: "submitted", issues };
    }
  }
  if (!what.wait) return { kind: "submitted", issues };
  // By hand it takes as long as it takes.
  const patience = submissions === undefined ? Number.POSITIVE_INFINITY : PROXY_PATIENCE;
  await untilLetIn(ports, patience, () => takeFromProxy(ports, what.id, profile.value));
  await ports.keepProfile(profile.value);
  return { kind: "enrolled", issues, profile: profile.value };
}

async function partsOf(
  { keys, submissions }: EnrollPorts,
  { id, realm, hostKeys }: Enrolling,
): Promise<EnrollParts> {
  const key = await keys.sshKey();
  const csr = realm.broker === undefined ? {} : { csr: await keys.request(realm.clientIdSuffix) };
  // A proof names the account that submits: without a token it is not known which.
  const proof =
    submissions === undefined
      ? {}
      : { proof: await keys.prove(proofText(id, await submissions.issues.login())) };
  return { key, ...(roleOf(id.computer) === "device" ? { hostKeys } : {}), ...csr, ...proof };
}
