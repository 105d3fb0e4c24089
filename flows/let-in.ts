import { readCertificateAnswer } from "../core/access/certificates-file.ts";
import type { Directory } from "../core/access/directory.ts";
import { certificateFor } from "../core/computer/own-certificate.ts";
import type { Profile } from "../core/computer/profile.ts";
import type { PinnedProxy } from "../core/computer/ssh-config.ts";
import { Failure } from "../core/failure.ts";
import { type ComputerId, formatId, roleOf } from "../core/names.ts";
import type { ProxyDesk } from "../core/ports/computer.ts";
import { type DirectoryPorts, freshDirectory, knownDirectory } from "./known-directory.ts";

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

/** What is asked of a proxy that lets the computer in. */
export interface TakingPorts extends DirectoryPorts {
  readonly keys: Pick<ComputerKeys, "x509Key">;
  /** By the computer's SSH key that is to be let in. */
  deskAt(proxy: PinnedProxy): ProxyDesk;
  keepCertificate(pem: string): Promise<void>;
}

export interface LetInPorts extends TakingPorts {
  pause(milliseconds: number): Promise<void>;
  /** Progress, for a person. */
  tell(message: string): void;
}

/** The sync that follows a grant takes a minute or two; the bot's answer may take an admin's weekend. */
export const PROXY_PATIENCE = 600_000;
const SHORTEST_PAUSE = 300;
const LONGEST_PAUSE = 5_000;

/** The signed directory in which this computer stands, and its certificate. */
export async function takeFromProxy(ports: TakingPorts, id: ComputerId, profile: Profile): Promise<void> {
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

/** Tries until the proxy was synced, or the patience is at its end. */
export async function untilLetIn(
  ports: LetInPorts,
  patience: number,
  take: () => Promise<void>,
): Promise<void> {
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
