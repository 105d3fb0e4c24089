import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrokerIdentities } from "./broker-identities.ts";
import { freePorts } from "./stock-host.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";
const READY_WITHIN = 10_000;

export const hasMosquitto = (): boolean => existsSync(MOSQUITTO);

/** What one certificate, by its common name, may say and hear. */
export interface Topics {
  readonly clientId: string;
  readonly says: readonly string[];
  readonly hears: readonly string[];
}

export interface Mosquitto {
  readonly port: number;
  /** Ends it as its service manager would, and waits until `between` is done; sessions and their messages stay on the disk. */
  restart(between?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Eclipse mosquitto by mutual TLS on 127.0.0.1: who has no certificate of the CA gets in nowhere, and has its topics only. */
export async function startMosquitto(
  folder: string,
  { ca, server }: BrokerIdentities,
  topics: readonly Topics[],
): Promise<Mosquitto> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(folder, name);
  const [port = 0] = await freePorts(1);
  const files = { ca, cert: server.certPem, key: server.keyPem, acl: topics.map(rules).join("\n") };
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text, { mode: 0o600 });
  const settings = [
    `listener ${port} 127.0.0.1`,
    `cafile ${file("ca")}`,
    `certfile ${file("cert")}`,
    `keyfile ${file("key")}`,
    "require_certificate true",
    "use_identity_as_username true",
    "allow_anonymous false",
    `acl_file ${file("acl")}`,
    "set_tcp_nodelay true",
    "persistence true",
    `persistence_location ${folder}/`,
    // Its files are whose who runs the tests.
    ...(process.getuid?.() === 0 ? ["user root"] : []),
  ];
  await writeFile(file("conf"), `${settings.join("\n")}\n`);
  let child = await started(file("conf"));
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  };
  return {
    port,
    stop,
    restart: async (between = async () => {}) => {
      await stop();
      await between();
      child = await started(file("conf"));
    },
  };
}

const rules = ({ clientId, says, hears }: Topics): string =>
  [
    `user ${clientId}`,
    ...says.map((topic) => `topic write ${topic}`),
    ...hears.map((topic) => `topic read ${topic}`),
    "",
  ].join("\n");

async function started(config: string): Promise<ChildProcess> {
  const child = spawn(MOSQUITTO, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const ready = (async () => {
    for await (const chunk of child.stderr) {
      said += String(chunk);
      // It says so once its ports are open.
      if (/mosquitto version [\d.]+ running/.test(said)) break;
    }
  })();
  const late = AbortSignal.timeout(READY_WITHIN);
  const ended = once(child, "exit", { signal: late });
  await Promise.race([ready, ended]);
  ended.catch(() => {});
  if (child.exitCode !== null || !said.includes("running"))
    throw new Error(`mosquitto does not run: ${said}`);
  child.stderr.resume();
  return child;
}
