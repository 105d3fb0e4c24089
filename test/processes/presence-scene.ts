import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { printProfile } from "../../core/computer/profile.ts";
import type { KeyLine } from "../../core/keys/key-line.ts";
import { type SandboxDevice, startDevice } from "../../sandbox/devices/device.ts";
import { id } from "../made/access.ts";
import { keyOf } from "./clients.ts";
import { CONTROLLER, type ControllerAccount, controllerAccount, WARREN } from "./controller-account.ts";
import { directoryFiles, hulaDirectory } from "./hula-directory.ts";
import { type OwnBroker, startOwnMosquitto } from "./own-brokers.ts";
import { type Card, OwnRealm } from "./own-realm.ts";
import { freePorts, freeRange } from "./stock-host.ts";
import { type StockProxy, startStockProxy } from "./stock-proxy.ts";

const AGENT = resolve("dist/warren-agent.js");
const ACCOUNT = "atlas";

export interface PresenceScene extends ControllerAccount {
  readonly broker: OwnBroker;
  /** Where devices listen on the proxy, by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** Starts the device's agent; resolves when it waits to be woken. */
  startAgent(name: string): Promise<ChildProcess>;
  close(): Promise<void>;
}

interface Enrolled {
  readonly key: KeyLine;
  readonly card: Card;
  readonly device: SandboxDevice;
}

/**
 * mosquitto and a CA as the project configures them, devices may say that they are there, an OpenSSH proxy, and a
 * controller's account. `names`: devices that an agent can be started for; `strangers`: others, of which only the
 * directory knows.
 */
export async function setPresenceScene(
  names: readonly string[],
  strangers: readonly string[] = [],
): Promise<PresenceScene> {
  const folder = await mkdtemp(join(tmpdir(), "warren-presence-"));
  const file = (name: string) => join(folder, name);
  const [brokerPort = 0] = await freePorts(1);
  const realm = await OwnRealm.make(folder, { port: brokerPort, presence: true });
  const enrolled = new Map<string, Enrolled>();
  for (const name of names) {
    const of = `${name}.hula.atlas`;
    const device = await startDevice({ id: of, folder: file(name), accounts: [ACCOUNT] });
    enrolled.set(name, { key: await keyOf(folder, of), card: await realm.enrol(of), device });
  }
  const controller = { key: await keyOf(folder, CONTROLLER), card: await realm.enrol(CONTROLLER) };
  const signer = await keyOf(folder, "directory-signer");
  await realm.sync();
  const broker = await startOwnMosquitto(realm);

  const all = [...names, ...strangers];
  const first = await freeRange(all.length);
  const ports = new Map(all.map((name, index) => [name, first + index]));
  const portOf = (name: string) => ports.get(name) ?? 0;
  const grants: KeyGrant[] = [
    ...[...enrolled].map(
      ([name, { key }]): KeyGrant => ({
        role: "device",
        computer: id(`${name}.hula.atlas`),
        key,
        port: portOf(name),
      }),
    ),
    { role: "controller", computer: id(CONTROLLER), key: controller.key, opens: [...ports.values()] },
  ];
  const files = new Map([["authorized_keys/hula", printAuthorizedKeys(grants)]]);
  const proxy: StockProxy = await startStockProxy({ systems: ["hula"], files });
  const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
  const hostKeyOf = (name: string) => enrolled.get(name)?.device.hostKey ?? signer.line;
  const directory = hulaDirectory(pinned, {
    login: [ACCOUNT],
    devices: Object.fromEntries(
      all.map((name) => [name, { port: portOf(name), hostKeys: [hostKeyOf(name)] }]),
    ),
    controllers: { "controller-a": { keys: [{ key: controller.key.line }] } },
  });
  await proxy.switchTo(new Map([...files, ...(await directoryFiles(directory, file("directory-signer")))]));

  const signers = [signer.line];
  const brokerOf = ({ clientId }: Card) => ({
    url: `mqtts://127.0.0.1:${brokerPort}`,
    clientId,
    ca: realm.ca.certPem,
    presence: true as const,
  });
  const { key, cert } = controller.card;
  const account = await controllerAccount({
    folder,
    identity: file(CONTROLLER),
    proxy: pinned,
    signers,
    broker: { ...brokerOf(controller.card), key, cert },
  });
  const children: ChildProcess[] = [];
  return {
    ...account,
    start: (...words) => {
      const child = spawn(process.execPath, [WARREN, ...words], {
        env: account.env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      children.push(child);
      return child;
    },
    broker,
    ports,
    startAgent: async (name) => {
      const { card, device } = enrolled.get(name) ?? {};
      if (card === undefined || device === undefined) throw new Error(`${name} is not enrolled`);
      const profile = file(`profile-${name}`);
      await mkdir(profile, { mode: 0o700 });
      await copyFile(file(`${name}.hula.atlas`), join(profile, "identity"));
      await writeFile(join(profile, "x509.key"), card.key, { mode: 0o600 });
      await writeFile(join(profile, "x509.pem"), card.cert);
      const { host, port, authorizedKeys } = device;
      const printed = printProfile({
        format: 1,
        id: `${name}.hula.atlas`,
        repository: "wildlife/atlas",
        proxy: pinned,
        signers,
        broker: brokerOf(card),
        device: { sshd: { host, port }, authorizedKeys },
      });
      await writeFile(join(profile, "profile.json"), printed);
      const agent = spawn(process.execPath, [AGENT, "run", "--profile", profile], {
        env: { PATH: process.env.PATH, HOME: folder },
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(agent);
      const ended = once(agent, "exit").then(() => Promise.reject(new Error(`the agent of ${name} ended`)));
      ended.catch(() => {});
      await Promise.race([once(createInterface({ input: agent.stdout }), "line"), ended]);
      return agent;
    },
    close: async () => {
      for (const child of children.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, "exit");
        child.kill();
        await ended;
      }
      await Promise.all([...enrolled.values()].map(({ device }) => device.close()));
      await proxy.stop();
      await broker.stop();
      await rm(folder, { recursive: true });
    },
  };
}
