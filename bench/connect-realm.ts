import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { makeKey } from "../adapters/openssh/keygen.ts";
import { printAuthorizedKeys } from "../core/access/authorized-keys.ts";
import { type Profile, printProfile } from "../core/computer/profile.ts";
import { id } from "../test/made/access.ts";
import { keyOf } from "../test/processes/clients.ts";
import {
  CONTROLLER,
  type ControllerAccount,
  controllerAccount,
} from "../test/processes/controller-account.ts";
import { directoryFiles, hulaDirectory } from "../test/processes/hula-directory.ts";
import { startOpenBroker } from "../test/processes/open-broker.ts";
import { startRealDevice } from "../test/processes/real-device.ts";
import { freePorts } from "../test/processes/stock-host.ts";
import { startStockProxy } from "../test/processes/stock-proxy.ts";
import { type SlowLeg, startSlowLeg } from "./slow-leg.ts";

export const DEVICE = "333.hula.atlas";

/** A realm of real programs whose every connection has as long a round trip as is asked for. */
export interface SlowRealm {
  readonly folder: string;
  readonly port: number;
  /** Where ssh finds the proxy, the device's own server, and the accounts there. */
  readonly proxyPort: number;
  readonly sshd: { readonly port: number; readonly hostKey: string };
  readonly proxyKey: string;
  readonly account: string;
  /** One controller without a broker, and one with: two accounts of this machine. */
  readonly awake: ControllerAccount;
  readonly wakes: ControllerAccount;
  slow(roundTrip: number): void;
  /** The device's agent: with a broker it sleeps until it is woken, without one its tunnel is always up. */
  startAgent(by: "broker" | "no broker"): Promise<RunningAgent>;
  close(): Promise<void>;
}

export interface RunningAgent {
  readonly log: () => string;
  stop(): Promise<void>;
}

export async function startSlowRealm(): Promise<SlowRealm> {
  const folder = await mkdtemp(join(tmpdir(), "warren-bench-"));
  await chmod(folder, 0o755);
  const file = (name: string) => join(folder, name);
  const [device, controller, signer] = await Promise.all([
    keyOf(folder, DEVICE),
    keyOf(folder, "controller"),
    makeKey(file("signer")),
  ]);
  const [port = 0] = await freePorts(1);
  const sshd = await startRealDevice(file("333"));
  const [account = ""] = Object.keys(sshd.authorizedKeys);
  const keys = printAuthorizedKeys([
    { role: "device", computer: id(DEVICE), key: device, port },
    { role: "controller", computer: id(CONTROLLER), key: controller, opens: [port] },
  ]);
  const files = new Map([["authorized_keys/hula", keys]]);
  const proxy = await startStockProxy({ systems: ["hula"], files });
  const broker = await startOpenBroker();
  const [toProxy, toBroker] = await Promise.all([
    startSlowLeg(proxy.port),
    startSlowLeg(Number(new URL(broker.url).port)),
  ]);
  const pinned = { host: "127.0.0.1", port: toProxy.port, hostKeys: [proxy.hostKey] };
  const directory = hulaDirectory(pinned, {
    login: [account],
    devices: { 333: { port, hostKeys: [sshd.hostKey] } },
    controllers: { "controller-a": { keys: [{ key: controller.line }] } },
  });
  await proxy.switchTo(new Map([...files, ...(await directoryFiles(directory, file("signer")))]));
  await writeFile(sshd.authorizedKeys[account] ?? "", `${controller.line}\n`);

  const url = `mqtts://127.0.0.1:${toBroker.port}`;
  const common = { identity: file("controller"), proxy: pinned, signers: [signer] };
  const awake = await controllerAccount({ folder: file("awake"), ...common });
  const wakes = await controllerAccount({
    folder: file("wakes"),
    ...common,
    broker: { url, ca: broker.ca, clientId: "controller", ...broker.client },
  });
  const profiles = {
    broker: await deviceProfile("profile", { url, clientId: "device", ca: broker.ca }),
    "no broker": await deviceProfile("profile-alone"),
  };
  const legs: readonly SlowLeg[] = [toProxy, toBroker];
  return {
    folder,
    port,
    proxyPort: toProxy.port,
    proxyKey: proxy.hostKey,
    sshd,
    account,
    awake,
    wakes,
    slow: (roundTrip) => {
      for (const leg of legs) leg.roundTrip = roundTrip;
    },
    startAgent: (by) => startAgent(profiles[by], folder),
    async close() {
      await Promise.all([...legs.map((leg) => leg.close()), proxy.stop(), sshd.close(), broker.close()]);
      await rm(folder, { recursive: true });
    },
  };

  async function deviceProfile(name: string, by?: Profile["broker"]): Promise<string> {
    const profile = file(name);
    await mkdir(profile, { mode: 0o700 });
    await copyFile(file(DEVICE), join(profile, "identity"));
    await writeFile(join(profile, "x509.key"), broker.client.key, { mode: 0o600 });
    await writeFile(join(profile, "x509.pem"), broker.client.cert);
    const own = printProfile({
      format: 1,
      id: DEVICE,
      repository: "wildlife/atlas",
      proxy: pinned,
      signers: [signer],
      ...(by === undefined ? {} : { broker: by }),
      device: { sshd: { host: "127.0.0.1", port: sshd.port }, authorizedKeys: sshd.authorizedKeys },
    });
    await writeFile(join(profile, "profile.json"), own);
    return profile;
  }
}

async function startAgent(profile: string, home: string): Promise<RunningAgent> {
  const agent = resolve("dist/warren-agent.js");
  const child: ChildProcess = spawn(process.execPath, [agent, "run", "--profile", profile], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString("utf8");
  });
  if (child.stdout === null) throw new Error("no stdout");
  await once(createInterface({ input: child.stdout }), "line");
  return {
    log: () => log,
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The process that answers at the keeper's socket, as its log has it. */
export async function keeperProcess(account: ControllerAccount): Promise<number | undefined> {
  const log = join(account.env.XDG_CONFIG_HOME ?? "", "warren", CONTROLLER, "keeper.log");
  const text = await readFile(log, "utf8").catch(() => "");
  const pid = [...text.matchAll(/process (\d+)/g)].at(-1)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
