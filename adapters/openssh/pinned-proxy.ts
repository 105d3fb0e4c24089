import { dirname, join } from "node:path";
import {
  knownHosts,
  type PinnedProxy,
  proxyAlias,
  type SshFiles,
  sshConfig,
  sshToProxy,
} from "../../core/computer/ssh-config.ts";
import { Failure } from "../../core/failure.ts";
import type { ComputerId } from "../../core/names.ts";
import type { Parsed } from "../../core/place.ts";
import { readIfThere } from "../files/read.ts";
import { writeSecret } from "../files/write.ts";

/** Beside the known hosts. */
const CONFIG = "ssh_to_proxy";

/**
 * What ssh takes to reach `proxy`; its host keys are pinned in `files.knownHosts` first. What the user says in
 * `files.own`, if there is such a file, comes before, as it does for whoever is enrolled.
 */
export async function sshTo(id: ComputerId, proxy: PinnedProxy, files: SshFiles): Promise<readonly string[]> {
  await keep(files.knownHosts, knownHosts(id, proxy));
  if (files.own === undefined || (await readIfThere(files.own)) === undefined)
    return good(sshToProxy(id, proxy, files));
  const config = join(dirname(files.knownHosts), CONFIG);
  await keep(config, good(sshConfig({ id, proxy, files, windows: process.platform === "win32" })));
  return ["-F", config, proxyAlias(id)];
}

async function keep(file: string, text: string): Promise<void> {
  if ((await readIfThere(file)) !== text) await writeSecret(file, text);
}

function good<T>(told: Parsed<T>): T {
  if (told.ok) return told.value;
  throw new Failure("usage", `ssh can't be told its way to the proxy: ${told.problem}`);
}
