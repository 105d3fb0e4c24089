import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SshTunnel } from "../../adapters/openssh/tunnel.ts";
import { knownHosts, sshToProxy } from "../../core/computer/ssh-config.ts";
import type { SandboxDevice } from "../../sandbox/devices/device.ts";
import { type ControllerAccount, controllerAccount } from "./controller-account.ts";
import { idOf, type SmallRealm, startSmallRealm, TUNNEL_PORT } from "./small-realm.ts";

/** A small realm whose controller is enrolled and whose device has its tunnel up. */
export interface ReachedDevice extends ControllerAccount {
  readonly realm: SmallRealm;
  /** The device loses its tunnel, and opens it again. */
  tunnelDown(): Promise<void>;
  tunnelUp(): Promise<void>;
  close(): Promise<void>;
}

export async function reachDevice(
  start?: (folder: string) => Promise<SandboxDevice>,
): Promise<ReachedDevice> {
  const realm = await startSmallRealm(start);
  const { folder } = realm;
  const { host, port } = realm.proxy;
  const proxy = { host, port, hostKeys: [realm.proxyKey] };
  const account = await controllerAccount({
    folder,
    identity: join(folder, "controller"),
    proxy,
    signers: [realm.signer],
  });
  const key = await readFile(join(folder, "controller.pub"), "utf8");
  for (const path of Object.values(realm.device.authorizedKeys)) await writeFile(path, key);

  const files = { identity: join(folder, "identity"), knownHosts: join(folder, "known_hosts") };
  await writeFile(files.knownHosts, knownHosts(idOf("333.hula.atlas"), proxy));
  const args = sshToProxy(idOf("333.hula.atlas"), proxy, files);
  if (!args.ok) throw new Error(args.problem);
  const sshTo = async () => args.value;
  const tunnel = new SshTunnel({ sshd: realm.device, sshTo, controlPath: join(folder, "sock") });
  const tunnelUp = async () => {
    await tunnel.open({ proxy, port: TUNNEL_PORT });
  };
  await tunnelUp();
  return {
    ...account,
    realm,
    tunnelDown: () => tunnel.close(),
    tunnelUp,
    close: async () => {
      await tunnel.close();
      await realm.close();
    },
  };
}
