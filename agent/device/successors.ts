import { stat } from "node:fs/promises";
import type { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { NEXT, putSuccessorsInPlace } from "../../adapters/files/successors.ts";
import { trySuccessor } from "../../adapters/mqtt/try-successor.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { sshTo } from "../../adapters/openssh/pinned-proxy.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { causeOf, Failure } from "../../core/failure.ts";
import type { ComputerId } from "../../core/names.ts";
import { knownDirectory } from "../../flows/known-directory.ts";
import { succeed } from "../../flows/succeed.ts";

const EVERY_MS = 3_600_000;
/** So long `warren enroll --rotate` is left to finish what it began. */
const AGE_MS = 3_600_000;

/**
 * Now and every hour: puts new keys in place that were granted after `warren enroll --rotate` had ended. The old ones end
 * with the overlap, and a device that nobody visits would be lost with them.
 */
export function watchSuccessors(
  folder: ProfileFolder,
  id: ComputerId,
  profile: Profile,
  log: (message: string) => void,
): void {
  const look = async (): Promise<void> => {
    try {
      if (await isWaiting(folder)) {
        await putInPlace(folder, id, profile);
        log("new keys are in place");
      }
    } catch (error) {
      // Whatever it is, the old keys still work, and so must the agent.
      log(`new keys wait beside the old ones: ${causeOf(error)}`);
    }
  };
  void look();
  setInterval(() => void look(), EVERY_MS).unref();
}

/** The public half of the SSH key is the last that is made of it. */
async function isWaiting(folder: ProfileFolder): Promise<boolean> {
  const made = await stat(folder.file(`${NEXT}identity.pub`)).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs >= AGE_MS;
}

async function putInPlace(folder: ProfileFolder, id: ComputerId, pinned: Profile): Promise<void> {
  const signatures = new SshSignatureCheck();
  const known = await knownDirectory({ store: folder, signatures }, { id, signers: pinned.signers });
  const profile: Profile = { ...pinned, proxy: known?.proxy ?? pinned.proxy };
  const files = { identity: folder.file(`${NEXT}identity`), knownHosts: folder.file("known_hosts") };
  await succeed(
    {
      store: folder,
      signatures,
      keys: {
        x509Key: async () => {
          const key = await folder.read(`${NEXT}x509.key`);
          if (key === undefined) throw new Failure("usage", "there is no X.509 key among them");
          return key;
        },
      },
      deskAt: (proxy) => ({
        ask: async (question) => new SshDesk(await sshTo(id, proxy, files)).ask(question),
      }),
      keepCertificate: (pem) => folder.write(`${NEXT}x509.pem`, pem),
      tryBroker: () => trySuccessor(folder.path, profile.broker),
      putInPlace: () => putSuccessorsInPlace(folder.path),
    },
    id,
    profile,
  );
}
