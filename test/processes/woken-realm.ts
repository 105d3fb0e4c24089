import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { printProfile } from "../../core/computer/profile.ts";
import type { BrokerIdentity } from "./broker-identities.ts";
import { type ControllerAccount, controllerAccount } from "./controller-account.ts";
import { type SmallRealm, startSmallRealm } from "./small-realm.ts";

export const DEVICE = "333.hula.atlas";
const AGENT = resolve("dist/warren-agent.js");

/** A small realm with a broker: the real agent waits on its device to be woken by the real CLI of its controller. */
export interface WokenRealm extends ControllerAccount {
  readonly realm: SmallRealm;
  /** The device's agent; another one once it was started again. */
  agent(): ChildProcess;
  startAgent(): Promise<void>;
  stopAgent(): Promise<void>;
  /** What the agent wrote to its log, all of them in a row. */
  agentLog(): string;
  close(): Promise<void>;
}

export interface RealmBroker {
  readonly url: string;
  readonly ca: string;
  readonly device: BrokerIdentity;
  readonly controller: BrokerIdentity;
  /** Where only the agent connects to, if it is somewhere else. */
  readonly urlOfDevice?: string;
  readonly presence?: boolean;
}

export async function startWokenRealm(broker: RealmBroker): Promise<WokenRealm> {
  const { url, ca, device, controller, urlOfDevice = url, presence } = broker;
  const realm = await startSmallRealm();
  const { folder } = realm;
  const profile = join(folder, "profile");
  await mkdir(profile, { mode: 0o700 });
  const { host, port } = realm.proxy;
  const pinned = { proxy: { host, port, hostKeys: [realm.proxyKey] }, signers: [realm.signer] };
  const also = presence === true ? { presence } : {};
  for (const name of ["identity", "identity.pub"]) await copyFile(join(folder, name), join(profile, name));
  await writeFile(join(profile, "x509.key"), device.key, { mode: 0o600 });
  await writeFile(join(profile, "x509.pem"), device.cert);
  const text = printProfile({
    format: 1,
    id: DEVICE,
    repository: "wildlife/atlas",
    ...pinned,
    broker: { url: urlOfDevice, clientId: device.clientId, ca, ...also },
    device: {
      sshd: { host: realm.device.host, port: realm.device.port },
      authorizedKeys: realm.device.authorizedKeys,
    },
  });
  await writeFile(join(profile, "profile.json"), text);
  const account = await controllerAccount({
    folder,
    identity: join(folder, "controller"),
    ...pinned,
    broker: { url, ca, ...also, ...controller },
  });
  const key = await readFile(join(folder, "controller.pub"), "utf8");
  for (const path of Object.values(realm.device.authorizedKeys)) await writeFile(path, key);

  let agent: ChildProcess | undefined;
  let log = "";
  const startAgent = async () => {
    const child = spawn(process.execPath, [AGENT, "run", "--profile", profile], {
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => {
      log += chunk.toString("utf8");
    });
    agent = child;
    const ended = once(child, "exit").then(() => Promise.reject(new Error(`agent ended: ${log}`)));
    ended.catch(() => {});
    await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  };
  const stopAgent = async () => {
    const child = agent;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  };
  await startAgent();
  return {
    ...account,
    realm,
    agent: () => {
      if (agent === undefined) throw new Error("no agent was started");
      return agent;
    },
    startAgent,
    stopAgent,
    agentLog: () => log,
    close: async () => {
      await stopAgent();
      await realm.close();
    },
  };
}

/** The topics of a device and of controllers of its system, as the policies of a realm allow them. */
export const topicsOf = (device: BrokerIdentity, ...controllers: readonly BrokerIdentity[]) => [
  {
    clientId: device.clientId,
    says: ["atlas/hula/333/tunnel/state", "atlas/hula/333/tunnel/presence"],
    hears: ["atlas/hula/333/tunnel/control"],
  },
  ...controllers.map(({ clientId }) => ({
    clientId,
    says: ["atlas/hula/+/tunnel/control"],
    hears: ["atlas/hula/+/tunnel/state", "atlas/hula/+/tunnel/presence"],
  })),
];
