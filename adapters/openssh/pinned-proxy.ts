import { knownHosts, type PinnedProxy, type SshFiles, sshToProxy } from "../../core/computer/ssh-config.ts";
import { Failure } from "../../core/failure.ts";
import type { ComputerId } from "../../core/names.ts";
import { readIfThere } from "../files/read.ts";
import { writeSecret } from "../files/write.ts";

/** What ssh takes to reach `proxy` from the command line; its host keys are pinned in `files.knownHosts` first. */
export async function sshTo(id: ComputerId, proxy: PinnedProxy, files: SshFiles): Promise<readonly string[]> {
  const pins = knownHosts(id, proxy);
  if ((await readIfThere(files.knownHosts)) !== pins) await writeSecret(files.knownHosts, pins);
  const args = sshToProxy(id, proxy, files);
  if (!args.ok) throw new Failure("usage", `ssh can't be told its way to the proxy: ${args.problem}`);
  return args.value;
}
