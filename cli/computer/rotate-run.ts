import { profileFolder } from "../../adapters/files/config.ts";
import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { finishSuccession, NEXT, putSuccessorsInPlace } from "../../adapters/files/successors.ts";
import { canAsk } from "../../adapters/openssh/asking.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { sshTo } from "../../adapters/openssh/pinned-proxy.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import { ownOf } from "../../adapters/openssh/ssh-files.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { Failure } from "../../core/failure.ts";
import { formatId, parseComputerId } from "../../core/names.ts";
import { knownDirectory } from "../../flows/known-directory.ts";
import { rotate } from "../../flows/rotate.ts";
import { githubOf } from "../github.ts";
import { realmOf } from "../realm-of.ts";
import { computerKeys } from "./computer-keys.ts";
import { submissionsBy, waiting } from "./enroll-run.ts";

export interface Rotate {
  readonly id: string;
  readonly realm: string | undefined;
  readonly repository: string | undefined;
  readonly again: boolean;
  readonly wait: boolean;
}

/** Gives this computer new keys, or goes on where an earlier run stopped. */
export async function rotateHere(options: Rotate) {
  const id = parseComputerId(options.id);
  if (!id.ok) throw new Failure("usage", id.problem);
  const name = formatId(id.value);
  const folder = new ProfileFolder(profileFolder(options.id));
  finishSuccession(folder.path);
  const pinned = await folder.profile();
  if (pinned === undefined)
    throw new Failure("usage", `${name} is not enrolled here`, { hint: `warren enroll ${name}` });
  const client = await githubOf();
  if (client === undefined) {
    const hint = "set it to a token of the account that enrolled this computer";
    throw new Failure("usage", "GITHUB_TOKEN is not set", { hint });
  }
  const realm = await realmOf(options, client);
  const repository = options.repository ?? realm.repository.fullName;
  const signatures = new SshSignatureCheck();
  // A system may have moved to another proxy since it was pinned: the signed directory says where.
  const known = await knownDirectory(
    { store: folder, signatures },
    { id: id.value, signers: pinned.signers },
  );
  const profile: Profile = { ...pinned, proxy: known?.proxy ?? pinned.proxy };
  const next = (file: string): string => `${NEXT}${file}`;

  const done = await rotate(
    {
      ...waiting,
      store: folder,
      signatures,
      keys: computerKeys(folder, id.value, NEXT),
      submissions: await submissionsBy(client, repository, folder, options.again),
      deskAt: (proxy) => ({
        ask: async (question) => {
          const [identity, knownHosts] = [folder.file(next("identity")), folder.file("known_hosts")];
          const files = { identity, knownHosts, ...ownOf(folder, id.value) };
          // Never over a connection that an older key opened: that would prove nothing of the new one.
          const args = await sshTo(id.value, proxy, files);
          return new SshDesk(args, canAsk() ? { turn: folder.file("proxy") } : undefined).ask(question);
        },
      }),
      keepCertificate: (pem) => folder.write(next("x509.pem"), pem),
      tryBroker: async () => {
        const { trySuccessor } = await import("../../adapters/mqtt/try-successor.ts");
        await trySuccessor(folder.path, profile.broker);
      },
      putInPlace: () => putSuccessorsInPlace(folder.path),
    },
    { id: id.value, realm, profile, wait: options.wait },
  );
  const document = { id: options.id, state: done.kind, issues: [done.issue], folder: folder.path };
  const line =
    done.kind === "rotated"
      ? `${name} has new keys; proxy and broker took them, and the old ones end with rotation.overlap`
      : `${name} keeps its keys; once issue #${done.issue} is granted, run warren enroll --rotate ${name} again`;
  return { document, lines: [line] };
}
