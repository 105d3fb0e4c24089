import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { type LinkedBus, openBus } from "../../adapters/mqtt/bus.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { FileLoginKeys } from "../../adapters/openssh/login-keys.ts";
import { sshTo } from "../../adapters/openssh/pinned-proxy.ts";
import { SshSignatureCheck } from "../../adapters/openssh/signatures.ts";
import { socketFolder } from "../../adapters/openssh/sockets.ts";
import { SshTunnel } from "../../adapters/openssh/tunnel.ts";
import type { Profile } from "../../core/computer/profile.ts";
import type { PinnedProxy } from "../../core/computer/ssh-config.ts";
import { Failure } from "../../core/failure.ts";
import { parseComputerId } from "../../core/names.ts";
import { instantOf } from "../../core/time.ts";
import { TunnelServer } from "../../flows/serve-tunnel.ts";
import type { Stopwatch } from "../../flows/tunnel-driver.ts";
import { log } from "./log.ts";
import { whenToStop } from "./stopping.ts";

/** Keeps the device of this profile reachable until it is told to stop. Its first line on stdout says that it is. */
export async function run(profileFolder: string): Promise<void> {
  const stopping = whenToStop(process.env);
  const folder = new ProfileFolder(resolve(profileFolder));
  const profile = await profileIn(folder);
  const id = parseComputerId(profile.id);
  if (!id.ok) throw new Failure("usage", id.problem);

  const socket = join(await socketFolder(folder.path), "agent");
  const files = { identity: folder.file("identity"), knownHosts: folder.file("known_hosts") };
  const toProxy = (proxy: PinnedProxy) => sshTo(id.value, proxy, files);
  const desk = async (proxy: PinnedProxy) => new SshDesk(["-S", socket, ...(await toProxy(proxy))]);
  const bus = profile.broker === undefined ? undefined : await busOf(folder, profile.broker);
  let isReady = false;
  const server = new TunnelServer(
    {
      clock: { now: () => instantOf(new Date()) },
      stopwatch,
      tunnel: new SshTunnel({ sshd: profile.device.sshd, sshTo: toProxy, controlPath: socket }),
      signatures: new SshSignatureCheck(),
      store: folder,
      loginKeys: new FileLoginKeys(profile.device.authorizedKeys),
      deskAt: (proxy) => ({ ask: async (question) => (await desk(proxy)).ask(question) }),
      random: Math.random,
      log,
      ready: () => {
        if (!isReady) process.stdout.write(`${JSON.stringify({ id: profile.id, ready: true })}\n`);
        isReady = true;
      },
    },
    { id: id.value, profile, boot: randomBytes(8).toString("hex") },
    bus,
  );
  log(`agent of ${profile.id} starts`);
  await server.start();
  log(`agent of ${profile.id} stops on ${await stopping}`);
  await server.stop();
  // Whatever still waits for an answer, waits for nobody.
  process.exit(0);
}

type DeviceProfile = Profile & { readonly device: NonNullable<Profile["device"]> };

async function profileIn(folder: ProfileFolder): Promise<DeviceProfile> {
  const profile = await folder.profile();
  if (profile === undefined) {
    const hint = "warren enroll, on this computer";
    throw new Failure("usage", `${folder.path} holds no profile.json`, { hint });
  }
  const { device } = profile;
  if (device === undefined) {
    throw new Failure("usage", `${profile.id} is a controller; the agent runs on devices`);
  }
  return { ...profile, device };
}

async function busOf(folder: ProfileFolder, broker: NonNullable<Profile["broker"]>): Promise<LinkedBus> {
  const [key, cert] = await Promise.all([folder.read("x509.key"), folder.read("x509.pem")]);
  if (key === undefined || cert === undefined) {
    const hint = "warren enroll, on this computer";
    throw new Failure("usage", `${folder.path} holds no x509.key and x509.pem`, { hint });
  }
  return openBus({ ...broker, key, cert }, (why) => log(`broker ${broker.url} does not answer: ${why}`));
}

const stopwatch: Stopwatch = {
  // Unlike the clock on the wall it doesn't jump when a device has found the time.
  now: () => performance.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
};
