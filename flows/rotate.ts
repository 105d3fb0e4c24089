import { proofText, type SubmissionText, submissionsOf } from "../core/computer/enrollment.ts";
import type { Profile } from "../core/computer/profile.ts";
import type { ComputerId } from "../core/names.ts";
import type { Realm } from "../core/realm/realm.ts";
import { type ComputerKeys, type LetInPorts, PROXY_PATIENCE, takeFromProxy, untilLetIn } from "./let-in.ts";
import { type SubmissionPorts, submit } from "./submit.ts";
import { putInPlaceOnceTried, type SuccessionPorts } from "./succeed.ts";

export interface RotatePorts extends LetInPorts, SuccessionPorts {
  readonly keys: ComputerKeys;
  /** A realm takes a rotation from the account that enrolled the computer: so there must be one. */
  readonly submissions: SubmissionPorts;
}

export interface Rotating {
  readonly id: ComputerId;
  readonly realm: Realm;
  /** What the computer keeps of its realm since it was enrolled. */
  readonly profile: Profile;
  readonly wait: boolean;
}

export type Rotated =
  | { readonly kind: "rotated"; readonly issue: number }
  /** The old keys stay in use; it goes on when it is run again. */
  | { readonly kind: "submitted"; readonly issue: number };

/**
 * Gives this computer new keys, and a certificate for them, while the old ones go on working. They are put in place only
 * once the proxy has let the new SSH key in and the broker the new certificate: so no step can leave the computer without
 * keys that work. Interrupted at any point and run again, it goes on there. The old keys end with `rotation.overlap`.
 */
export async function rotate(ports: RotatePorts, what: Rotating): Promise<Rotated> {
  const { id, profile, wait } = what;
  const text = await submissionOf(ports, what);
  const { number: issue, granted } = await submit(ports.submissions, text, wait);
  if (!granted || !wait) return { kind: "submitted", issue };
  await untilLetIn(ports, PROXY_PATIENCE, () => takeFromProxy(ports, id, profile));
  await putInPlaceOnceTried(ports, profile);
  return { kind: "rotated", issue };
}

/** Host keys stay: they are the SSH server's own, and one that stands already is refused. */
async function submissionOf(
  { keys, submissions }: RotatePorts,
  { id, realm }: Rotating,
): Promise<SubmissionText> {
  const key = await keys.sshKey();
  const csr = realm.broker === undefined ? {} : { csr: await keys.request(realm.clientIdSuffix) };
  const proof = await keys.prove(proofText(id, await submissions.issues.login()));
  const [text] = submissionsOf(id, "form", { key, ...csr, proof });
  return text;
}
