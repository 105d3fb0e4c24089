import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { certificateInUse, finishSuccession } from "../../adapters/files/successors.ts";
import { type BusOptions, type LinkedBus, openBus } from "../../adapters/mqtt/bus.ts";
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
import { presenceTopic } from "../../core/tunnel/messages.ts";
import { printPresence } from "../../core/tunnel/presence.ts";
import { TunnelServer } from "../../flows/serve-tunnel.ts";
import type { Stopwatch } from "../../flows/tunnel-driver.ts";
import { deviceProfile } from "./device-profile.ts";
import { log } from "./log.ts";
import { ticksOf } from "./process-ticks.ts";
import { STATUS_FILE, StatusFile } from "./status-file.ts";
import { whenToStop } from "./stopping.ts";
import { watchSuccessors } from "./successors.ts";

/** Keeps the device of this profile reachable until it is told to stop. Its first line on stdout says that it is. */
export async function run(profileFolder: string): Promise<void> {
  const stopping = whenToStop(process.env);
  const folder = new ProfileFolder(profileFolder);
  const profile = await deviceProfile(folder);
  finishSuccession(folder.path);
  const id = parseComputerId(profile.id);
  if (!id.ok) throw new Failure("usage", id.problem);

  const socket = join(socketFolder(folder.path), "agent");
  const files = { identity: folder.file("identity"), knownHosts: folder.file("known_hosts") };
  const toProxy = (proxy: PinnedProxy) => sshTo(id.value, proxy, files);
  const tunnel = new SshTunnel({ sshd: profile.device.sshd, sshTo: toProxy, controlPath: socket });
  // Over the tunnel's connection, where it has one.
  const desk = async (proxy: PinnedProxy) => {
    await tunnel.loggedIn();
    return new SshDesk(["-S", socket, ...(await toProxy(proxy))]);
  };
  const clock = { now: () => instantOf(new Date()) };
  const who = { id: profile.id, pid: process.pid, ticks: await ticksOf(process.pid) };
  const status = new StatusFile(folder.file(STATUS_FILE), who, profile.broker !== undefined, clock.now, log);
  const trouble = (message: string): void => {
    log(message);
    status.trouble(message);
  };
  const boot = randomBytes(8).toString("hex");
  const presence = { topic: presenceTopic(id.value), payload: printPresence({ word: "offline", boot }) };
  const bus = profile.broker === undefined ? undefined : busOf(folder, profile.broker, presence, trouble);
  let isReady = false;
  const server = new TunnelServer(
    {
      clock,
      stopwatch,
      tunnel,
      signatures: new SshSignatureCheck(),
      store: folder,
      loginKeys: new FileLoginKeys(profile.device.authorizedKeys),
      deskAt: (proxy) => ({ ask: async (question) => (await desk(proxy)).ask(question) }),
      random: Math.random,
      log,
      trouble,
      stands: (standing) => status.stands(standing),
      uses: (sequence) => status.uses(sequence),
      ready: () => {
        if (!isReady) process.stdout.write(`${JSON.stringify({ id: profile.id, ready: true })}\n`);
        isReady = true;
      },
    },
    { id: id.value, profile, boot },
    bus,
  );
  log(`agent of ${profile.id} starts`);
  await server.start();
  watchSuccessors(folder, id.value, profile, log);
  log(`agent of ${profile.id} stops on ${await stopping}`);
  await server.stop();
  await status.remove();
  // Whatever still waits for an answer, waits for nobody.
  process.exit(0);
}

function busOf(
  folder: ProfileFolder,
  { presence, ...broker }: NonNullable<Profile["broker"]>,
  will: NonNullable<BusOptions["will"]>,
  trouble: (message: string) => void,
): LinkedBus {
  const inUse = certificateInUse(folder.path);
  if (inUse === undefined) {
    const hint = "warren enroll, on this computer";
    throw new Failure("usage", `${folder.path} holds no x509.key and x509.pem`, { hint });
  }
  return openBus(
    { ...broker, ...inUse, ...(presence === true ? { will } : {}) },
    (why) => trouble(`broker ${broker.url} does not answer: ${why}`),
    () => certificateInUse(folder.path) ?? inUse,
  );
}

const stopwatch: Stopwatch = {
  // Unlike the clock on the wall it doesn't jump when a device has found the time.
  now: () => performance.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
};
