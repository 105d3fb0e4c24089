import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { knownHosts, sshToProxy } from "../../core/computer/ssh-config.ts";
import { type KeyLine, readKeyLine } from "../../core/keys/key-line.ts";
import { good, id } from "../made/access.ts";

/** Makes a computer's key: `folder/<name>` and its .pub. */
export const keyOf = async (folder: string, name: string): Promise<KeyLine> =>
  good(readKeyLine(await makeKey(join(folder, name))));

/** What a computer's ssh takes to reach a proxy, on this machine or another: options with its key and pins, then the destination. */
export async function sshArgs(
  folder: string,
  name: string,
  proxy: { readonly port: number; readonly hostKey: string },
  host = "127.0.0.1",
): Promise<readonly string[]> {
  const pinned = { host, port: proxy.port, hostKeys: [proxy.hostKey] };
  const files = { identity: join(folder, name), knownHosts: join(folder, `${name}.known`) };
  await writeFile(files.knownHosts, knownHosts(id(name), pinned));
  return good(sshToProxy(id(name), pinned, files));
}
