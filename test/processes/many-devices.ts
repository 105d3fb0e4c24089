import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Master } from "../../adapters/openssh/master.ts";
import type { Ended } from "../../adapters/openssh/run.ts";
import { printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { id } from "../made/access.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { CONTROLLER, controllerAccount, WARREN } from "./controller-account.ts";
import { directoryFiles, hulaDirectory } from "./hula-directory.ts";
import { freeRange, startStockHost } from "./stock-host.ts";
import { startStockProxy } from "./stock-proxy.ts";

const ACCOUNT = "atlas";

/** Devices `d0.hula.atlas` and on, and their controller's account. All on OpenSSH: proxy, tunnel and device. */
export interface ManyDevices {
  readonly folder: string;
  readonly names: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** An ssh_config by which stock ssh reaches the same devices by `ProxyJump`, with its own key exchange. */
  readonly plainConfig: string;
  warren(...args: readonly string[]): Promise<Ended>;
  /** One that goes on, and is listened to. */
  start(...args: readonly string[]): ChildProcess;
  /** The proxy serves the directory by another sequence; the first one is 1. */
  serve(sequence: number): Promise<void>;
  close(): Promise<void>;
}

/** `asleep`: as many of the last ones have no tunnel. All others' lead to one sshd: who asks it can't tell. */
export async function startManyDevices(count: number, asleep = 0): Promise<ManyDevices> {
  const folder = await mkdtemp(join(tmpdir(), "warren-many-"));
  const file = (name: string) => join(folder, name);
  const names = Array.from({ length: count }, (_, index) => `d${index}.hula.atlas`);
  const first = await freeRange(count);
  const ports = names.map((_, index) => first + index);
  const [controller, tunnelKey, signer] = [
    await keyOf(folder, CONTROLLER),
    await keyOf(folder, "0.hula.atlas"),
    await keyOf(folder, "signer"),
  ];
  const device = await startStockHost({
    prepare: async (host) => {
      await host.must(["useradd", "--create-home", "--shell", "/bin/sh", ACCOUNT]);
      await host.put(`/home/${ACCOUNT}/.ssh/authorized_keys`, `${controller.line}\n`, 0o644);
    },
    // One host stands for all devices, so all of them log in to it at once.
    sshd: ["-o", "MaxStartups=300"],
  });

  const listens = ports.map((port) => `permitlisten="127.0.0.1:${port}"`).join(",");
  const grants = printAuthorizedKeys([
    { role: "controller", computer: id(CONTROLLER), key: controller, opens: ports },
  ]);
  // One session holds all ports: a hundred tunnels would be a hundred processes that neither side of a bench needs.
  const tunnelLine = `restrict,port-forwarding,${listens},permitopen="none:1",command="0.hula.atlas" ${tunnelKey.line}\n`;
  const files = new Map([["authorized_keys/hula", grants + tunnelLine]]);
  const proxy = await startStockProxy({ systems: ["hula"], files });
  const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
  const directory = hulaDirectory(pinned, {
    login: [ACCOUNT],
    devices: Object.fromEntries(
      ports.map((port, index) => [`d${index}`, { port, hostKeys: [device.hostKey] }]),
    ),
    controllers: { "controller-a": { keys: [{ key: controller.line }] } },
  });
  const serve = async (sequence: number): Promise<void> => {
    const signed = await directoryFiles({ ...directory, sequence }, file("signer"));
    await proxy.switchTo(new Map([...files, ...signed]));
  };
  await serve(1);

  const { env, warren } = await controllerAccount({
    folder,
    identity: file(CONTROLLER),
    proxy: pinned,
    signers: [signer.line],
  });
  const forwards = ports
    .slice(0, count - asleep)
    .flatMap((port) => ["-R", `127.0.0.1:${port}:127.0.0.1:${device.port}`]);
  const tunnel = new Master(file("tunnel"), [
    ...["-o", "ExitOnForwardFailure=yes", ...forwards],
    ...(await sshArgs(folder, "0.hula.atlas", proxy)),
  ]);
  await tunnel.ready(30_000);

  await writeFile(file("plain_known_hosts"), `proxy ${proxy.hostKey}\ndevice ${device.hostKey}\n`);
  const pins = `  IdentityFile ${file(CONTROLLER)}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${file("plain_known_hosts")}\n  StrictHostKeyChecking yes\n`;
  const hosts = names.map(
    (name, index) =>
      `Host ${name}\n  HostName 127.0.0.1\n  Port ${first + index}\n  User ${ACCOUNT}\n  HostKeyAlias device\n  ProxyJump proxy\n${pins}`,
  );
  await writeFile(
    file("plain"),
    `Host proxy\n  HostName 127.0.0.1\n  Port ${proxy.port}\n  User hula\n  HostKeyAlias proxy\n${pins}${hosts.join("")}`,
  );
  return {
    folder,
    names,
    env,
    plainConfig: file("plain"),
    warren,
    serve,
    start: (...words) =>
      spawn(process.execPath, [WARREN, ...words], { env, stdio: ["ignore", "pipe", "pipe"] }),
    close: async () => {
      // The connections that are shared end with what they lead to.
      await tunnel.end();
      await proxy.stop();
      await device.stop();
      await rm(folder, { recursive: true });
    },
  };
}
