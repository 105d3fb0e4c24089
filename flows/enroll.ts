import { readCertificateAnswer } from "../core/access/certificates-file.ts";
import type { Directory } from "../core/access/directory.ts";
import {
  certificateFor,
  profileFrom,
  proofText,
  type SubmissionText,
  submissionsOf,
} from "../core/computer/enrollment.ts";
import type { Profile } from "../core/computer/profile.ts";
import type { PinnedProxy } from "../core/computer/ssh-config.ts";
import { Failure } from "../core/failure.ts";
import { type ComputerId, formatId, roleOf } from "../core/names.ts";
import type { ProxyDesk } from "../core/ports/computer.ts";
import type { Realm } from "../core/realm/realm.ts";
import type { EnrollParts } from "../core/submission/form.ts";
import { type DirectoryPorts, freshDirectory, knownDirectory } from "./known-directory.ts";
import { type SubmissionPorts, submit } from "./submit.ts";

/** This computer's own keys. Each is made once; asked again, the same comes back. */
export interface ComputerKeys {
  /** `<type> <base64>` */
  sshKey(): Promise<string>;
  /** PKCS #8 in PEM. */
  x509Key(): Promise<string>;
  /** A signing request in PEM for this client id. */
  request(clientIdSuffix: string): Promise<string>;
  /** An armored SSHSIG by the SSH key, namespace `warren-enroll`. */
  prove(text: string): Promise<string>;
}

export interface EnrollPorts extends DirectoryPorts {
  readonly keys: ComputerKeys;
  /** Left out: without a token somebody must open the issues by hand. */
  readonly submissions?: SubmissionPorts;
  deskAt(proxy: PinnedProxy): ProxyDesk;
  keepCertificate(pem: string): Promise<void>;
  keepProfile(profile: Profile): Promise<void>;
  pause(milliseconds: number): Promise<void>;
  /** Progress, for a person. */
  tell(message: string): void;
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

/** The sync that follows a grant takes a minute or two; the bot's answer may take an admin's weekend. */
const PROXY_PATIENCE = 600_000;
const SHORTEST_PAUSE = 300;
const LONGEST_PAUSE = 5_000;

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
  await untilLetIn(ports, patience, () => takeFromProxy(ports, what, profile.value));
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

/** The signed directory in which this computer stands, and its certificate. */
async function takeFromProxy(ports: EnrollPorts, { id }: Enrolling, profile: Profile): Promise<void> {
  const pinned = { id, signers: profile.signers };
  const desk = ports.deskAt(profile.proxy);
  const directory = await freshDirectory(ports, desk, pinned, await knownDirectory(ports, pinned));
  if (!stands(directory, id)) throw new Failure("unavailable", `directory does not name ${formatId(id)} yet`);
  if (profile.broker === undefined) return;
  const answer = readCertificateAnswer(await desk.ask("certificate"));
  if (!answer.ok) throw new Failure("refused", `certificate from the proxy is not used: ${answer.problem}`);
  const pem = certificateFor(await ports.keys.x509Key(), answer.value);
  if (pem === undefined)
    throw new Failure("unavailable", "proxy has no certificate for this computer's key yet");
  await ports.keepCertificate(pem);
}

const stands = ({ devices, controllers }: Directory, { computer }: ComputerId): boolean =>
  Object.hasOwn(roleOf(computer) === "device" ? devices : controllers, computer);

async function untilLetIn(ports: EnrollPorts, patience: number, take: () => Promise<void>): Promise<void> {
  let told = "";
  let waited = 0;
  for (let pause = SHORTEST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) {
    try {
      await take();
      return;
    } catch (error) {
      if (!(error instanceof Failure) || error.code === "usage" || waited > patience) throw error;
      const why = error.message;
      // The first refusals are those of a proxy that has not been synced yet.
      if (why !== told && waited > LONGEST_PAUSE) ports.tell(`waiting for the proxy: ${why}`);
      told = waited > LONGEST_PAUSE ? why : told;
      await ports.pause(pause);
      waited += pause;
    }
  }
}
