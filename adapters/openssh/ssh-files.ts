import { SHARING_HOOK } from "../../core/computer/sharing-hook.ts";
import { knownHosts, type SshFiles, type SshView, sshConfig } from "../../core/computer/ssh-config.ts";
import { Failure } from "../../core/failure.ts";
import { type ComputerId, roleOf } from "../../core/names.ts";
import type { ProfileFolder } from "../files/profile-folder.ts";
import { socketFolder } from "./sockets.ts";

/** What the files say; where they stand follows from the folder. */
export type SshContent = Omit<SshView, "files" | "windows">;

/** Not run on Windows yet; what is printed for it is tested as text. */
const windows = process.platform === "win32";

const HOOK = "ssh-hook";
const OWN = "ssh_own";

const fileIn = (folder: ProfileFolder, name: string): string =>
  windows ? folder.file(name).replaceAll("\\", "/") : folder.file(name);

/** Where ssh finds the files of a controller. */
export const sshFilesOf = (folder: ProfileFolder): SshFiles => {
  const file = (name: string) => fileIn(folder, name);
  const files = { identity: file("identity"), knownHosts: file("known_hosts"), own: file(OWN) };
  return windows ? files : { ...files, sockets: socketFolder(folder.path) };
};

/** What a controller's user has to say of the way to the proxy. A device's agent reads no such file. */
export const ownOf = (folder: ProfileFolder, { computer }: ComputerId): Pick<SshFiles, "own"> =>
  roleOf(computer) === "controller" ? { own: fileIn(folder, OWN) } : {};

/** What plain ssh takes; the files that it names have been brought up to date. */
export async function prepareSsh(folder: ProfileFolder, content: SshContent): Promise<string> {
  const files = sshFilesOf(folder);
  const hook = files.sockets === undefined ? {} : { hook: folder.file(HOOK) };
  const texts = textsOf(content, { ...files, ...hook });
  if (files.sockets !== undefined) await folder.keep(HOOK, SHARING_HOOK);
  await folder.keep("known_hosts", texts.knownHosts);
  return texts.config;
}

/** What `connect` and `exec` have ssh read. */
export interface SshTexts {
  readonly config: string;
  readonly knownHosts: string;
}

/** Writes the ssh_config that they use. */
export async function writeSshConfig(folder: ProfileFolder, content: SshContent): Promise<void> {
  const texts = sshTexts(folder, content);
  await folder.keep("known_hosts", texts.knownHosts);
  await folder.keep("ssh_config", texts.config);
}

/** What that writes. */
export const sshTexts = (folder: ProfileFolder, content: SshContent): SshTexts =>
  textsOf(content, sshFilesOf(folder));

function textsOf(content: SshContent, files: SshFiles): SshTexts {
  const config = sshConfig({ ...content, files, windows });
  if (!config.ok) {
    throw new Failure("usage", `ssh can't be configured: ${config.problem}`, {
      hint: "set XDG_CONFIG_HOME to another folder",
    });
  }
  return { config: config.value, knownHosts: knownHosts(content.id, content.proxy, content.directory) };
}
