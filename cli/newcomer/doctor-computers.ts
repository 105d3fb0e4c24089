import { join } from "node:path";
import { openFiles } from "../../adapters/files/open-files.ts";
import { inPrivateFolder } from "../../adapters/files/private-folder.ts";
import { type ProfileFolder, profileFolders } from "../../adapters/files/profile-folder.ts";
import { sshdSays } from "../../adapters/host/sshd.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { sshTo } from "../../adapters/openssh/pinned-proxy.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import { ownOf } from "../../adapters/openssh/ssh-files.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { Failure } from "../../core/failure.ts";
import { parseComputerId } from "../../core/names.ts";
import type { EnrolledComputer } from "../../flows/doctor/computer.ts";
import { knownDirectory } from "../../flows/known-directory.ts";

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

/** All computers that this account has enrolled here; one whose enrolment is under way is left out. */
export async function computersHere(): Promise<readonly EnrolledComputer[]> {
  const found = await Promise.all((await profileFolders()).map(computerIn));
  return found.filter((computer) => computer !== undefined);
}

async function computerIn(folder: ProfileFolder): Promise<EnrolledComputer | undefined> {
  const profile = await folder.profile();
  if (profile === undefined) return undefined;
  return {
    profile,
    folder: folder.path,
    store: folder,
    signatures: new SshSignatureCheck(),
    open: () => openFiles(folder.path),
    certificate: () => folder.read("x509.pem"),
    ...(mayAskSshd(profile) ? { sshd: () => sshdSays([]) } : {}),
    desk: { ask: (question) => inPrivateFolder((own) => ask(folder, profile, own, question)) },
  };
}

/** Root alone reads sshd's keys, without which it says nothing. Another host's server is not ours to ask. */
const mayAskSshd = ({ device }: Profile): boolean =>
  process.getuid?.() === 0 && device !== undefined && LOOPBACK.includes(device.sshd.host);

/** With a file of known hosts in `own`: a look must not touch the computer's own files. */
async function ask(
  folder: ProfileFolder,
  profile: Profile,
  own: string,
  question: Parameters<SshDesk["ask"]>[0],
): Promise<string> {
  const id = parseComputerId(profile.id);
  if (!id.ok) throw new Failure("usage", id.problem);
  const pinned = { id: id.value, signers: profile.signers };
  const known = await knownDirectory({ store: folder, signatures: new SshSignatureCheck() }, pinned);
  const [identity, knownHosts] = [folder.file("identity"), join(own, "known_hosts")];
  const files = { identity, knownHosts, ...ownOf(folder, id.value) };
  const args = await sshTo(id.value, known?.proxy ?? profile.proxy, files);
  return new SshDesk(args).ask(question);
}
