import { setTimeout as pause } from "node:timers/promises";
import { profileFolder } from "../../adapters/files/config.ts";
import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { finishSuccession } from "../../adapters/files/successors.ts";
import type { ForgeClient } from "../../adapters/github/client.ts";
import { canAsk } from "../../adapters/openssh/asking.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { sshTo } from "../../adapters/openssh/pinned-proxy.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import { sshFilesOf } from "../../adapters/openssh/ssh-files.ts";
import { Failure } from "../../core/failure.ts";
import { type ComputerId, formatId, parseComputerId, roleOf } from "../../core/names.ts";
import { systemOf } from "../../core/realm/realm.ts";
import { type EnrollPorts, enroll } from "../../flows/enroll.ts";
import type { SubmissionPorts } from "../../flows/submit.ts";
import { githubOf } from "../github.ts";
import { warn } from "../outcome.ts";
import { realmOf, repositoryNamed } from "../realm-of.ts";
import { computerKeys } from "./computer-keys.ts";
import { authorizedKeysOf, hostKeysOf, sshdOf } from "./device-options.ts";
import { byHand, type Screen } from "./issue-by-hand.ts";
import { OpenedIssues } from "./opened-issues.ts";

export interface Enroll {
  readonly id: string;
  readonly realm: string | undefined;
  readonly repository: string | undefined;
  readonly hostKey: readonly string[];
  readonly sshd: string;
  readonly authorizedKeys: readonly string[];
  readonly issueStyle: "form" | "split";
  readonly again: boolean;
  readonly wait: boolean;
  readonly json: boolean;
}

/** Enrols this computer, or goes on where an earlier run stopped. */
export async function enrollHere(options: Enroll) {
  const id = parseComputerId(options.id);
  if (!id.ok) throw new Failure("usage", id.problem);
  const client = await githubOf();
  const realm = await realmOf(options, client);
  const repository = options.repository ?? realm.repository.fullName;
  const isDevice = roleOf(id.value.computer) === "device";
  const system = systemOf(realm, id.value.system);
  const device = {
    sshd: sshdOf(options.sshd),
    authorizedKeys: authorizedKeysOf(options.authorizedKeys, system),
  };
  const hostKeys = isDevice && system !== undefined ? await hostKeysOf(options.hostKey, realm) : [];
  const folder = new ProfileFolder(profileFolder(options.id));
  await folder.make();
  finishSuccession(folder.path);

  const submissions =
    client === undefined ? undefined : await submissionsBy(client, repository, folder, options.again);
  const ports: EnrollPorts = {
    ...waiting,
    store: folder,
    signatures: new SshSignatureCheck(),
    keys: computerKeys(folder, id.value),
    ...(submissions === undefined ? {} : { submissions }),
    deskAt: (proxy) => ({
      ask: async (question) => {
        const own = { identity: folder.file("identity"), knownHosts: folder.file("known_hosts") };
        // A person who types a one-time password does so once for all questions, and for what follows.
        const files = isDevice ? own : sshFilesOf(folder);
        const args = await sshTo(id.value, proxy, files);
        return new SshDesk(args, canAsk() ? { turn: folder.file("proxy") } : undefined).ask(question);
      },
    }),
    keepCertificate: (pem) => folder.write("x509.pem", pem),
    keepProfile: (profile) => folder.keepProfile(profile),
    show: (texts) => warn(byHand(repository, texts, screenHere())),
  };
  const { issueStyle: style, wait } = options;
  const done = await enroll(ports, { id: id.value, realm, hostKeys, device, style, wait });
  const document = { id: options.id, state: done.kind, issues: done.issues, folder: folder.path };
  return { document, lines: linesOf(id.value, done.kind, folder.path, system?.login ?? []) };
}

export const waiting = {
  pause: async (milliseconds: number): Promise<void> => {
    await pause(milliseconds);
  },
  tell: warn,
};

export async function submissionsBy(
  client: ForgeClient,
  repository: string,
  folder: ProfileFolder,
  again: boolean,
): Promise<SubmissionPorts> {
  const { GitHubIssues } = await import("../../adapters/github/submissions.ts");
  const kept = new OpenedIssues(folder, repository);
  return {
    ...waiting,
    issues: new GitHubIssues(client, repositoryNamed(repository)),
    again,
    opened: (text) => kept.of(text),
    keepOpened: (text, number) => kept.keep(text, number),
  };
}

/** Standard error, where the link is shown, if a person looks at it. */
function screenHere(): Screen | undefined {
  const { isTTY, columns, rows } = process.stderr;
  return isTTY ? { columns, rows } : undefined;
}

function linesOf(
  id: ComputerId,
  kind: "enrolled" | "submitted",
  folder: string,
  login: readonly string[],
): readonly string[] {
  const name = formatId(id);
  if (kind === "submitted")
    return [`${name} is not enrolled yet; once its issue is granted, run warren enroll ${name} again`];
  const asRoot = process.getuid?.() === 0;
  const next =
    roleOf(id.computer) === "device"
      ? `warren-agent install ${asRoot ? "" : "--user "}--profile ${folder}`
      : `warren list, then warren connect ${login[0] === undefined ? "" : `${login[0]}@`}<device>`;
  return [`${name} is enrolled; its files are in ${folder}`, `next: ${next}`];
}
