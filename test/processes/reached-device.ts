import { spawn } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { SshTunnel } from "../../adapters/openssh/tunnel.ts";
import { printProfile } from "../../core/computer/profile.ts";
import { knownHosts, sshToProxy } from "../../core/computer/ssh-config.ts";
import type { SandboxDevice } from "../../sandbox/devices/device.ts";
import { idOf, type SmallRealm, startSmallRealm, TUNNEL_PORT } from "./small-realm.ts";

export const CONTROLLER = "controller-a.hula.atlas";
export const WARREN = resolve("dist/warren.js");

/** A small realm whose controller is enrolled and whose device has its tunnel up. */
export interface ReachedDevice {
  readonly realm: SmallRealm;
  /** The environment of the controller's account. */
  readonly env: Readonly<Record<string, string>>;
  warren(...args: readonly string[]): Promise<Ended>;
  /** One that goes on; it is ended by its own process. */
  start(...args: readonly string[]): ReturnType<typeof spawn>;
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
  const profile = join(folder, "config/warren", CONTROLLER);
  await mkdir(profile, { recursive: true, mode: 0o700 });
  await copyFile(join(folder, "controller"), join(profile, "identity"));
  const signers = [realm.signer];
  const text = printProfile({ format: 1, id: CONTROLLER, repository: "wildlife/atlas", proxy, signers });
  await writeFile(join(profile, "profile.json"), text);
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
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
  };
  return {
    realm,
    env,
    warren: (...words) => run(process.execPath, [WARREN, ...words], { timeout: 20_000, env }),
    start: (...words) =>
      spawn(process.execPath, [WARREN, ...words], { env, stdio: ["ignore", "ignore", "pipe"] }),
    tunnelDown: () => tunnel.close(),
    tunnelUp,
    close: async () => {
      await tunnel.close();
      await realm.close();
    },
  };
}
