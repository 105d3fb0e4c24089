import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { run } from "../../adapters/openssh/run.ts";
import type { OwnRealm } from "./own-realm.ts";
import { freePorts } from "./stock-host.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";
/** Debian's own wrapper changes to an account that owns nothing here. */
const RABBITMQ = "/usr/lib/rabbitmq/bin";

const isRoot = process.getuid?.() === 0;
/** It gives its files to the broker's account, as root on a host does. */
export const canRunMosquitto =
  isRoot && existsSync(MOSQUITTO) && spawnSync("openssl", ["version"]).status === 0;
export const canRunRabbitmq = isRoot && existsSync(join(RABBITMQ, "rabbitmq-server"));

export interface OwnBroker {
  /** Where its files lie. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Installs the printed configuration as it is, in the order that INSTALL gives, and starts the broker. */
export async function startOwnMosquitto(realm: OwnRealm): Promise<OwnBroker> {
  const folder = join(realm.folder, "mosquitto-host");
  const out = await realm.configure("mosquitto", folder);
  await mkdir(folder, { mode: 0o700 });
  await cp(out, folder, { recursive: true });
  await realm.serverFiles(folder);
  await realm.governed(out);
  // Its account passes through the folders above, and reads nothing in them.
  await chmod(realm.folder, 0o711);
  const owned = spawnSync("chown", ["-R", "mosquitto:", folder], { encoding: "utf8" });
  if (owned.status !== 0) throw new Error(owned.stderr);
  const child = spawn(MOSQUITTO, ["-c", join(folder, "mosquitto.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await until(child, /mosquitto version [\d.]+ running/);
  return { folder, stop: () => ended(child) };
}

/** What keeps a node of its own apart from any other on this machine. */
export async function rabbitmqSettings(folder: string): Promise<NodeJS.ProcessEnv> {
  const [epmd = 0, distribution = 0] = await freePorts(2);
  return {
    ...process.env,
    HOME: join(folder, "rabbitmq-home"),
    RABBITMQ_NODENAME: `warren-${epmd}@localhost`,
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(folder, "rabbitmq-home/mnesia"),
    RABBITMQ_LOG_BASE: join(folder, "rabbitmq-home/log"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq-host/rabbitmq.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "rabbitmq-host/enabled_plugins"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "none"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "none.config"),
  };
}

export interface OwnRabbitmq extends OwnBroker {
  ctl(...args: readonly string[]): Promise<string>;
}

export async function startOwnRabbitmq(realm: OwnRealm, env: NodeJS.ProcessEnv): Promise<OwnRabbitmq> {
  const folder = join(realm.folder, "rabbitmq-host");
  const program = join(RABBITMQ, "rabbitmqctl");
  const out = await realm.configure("rabbitmq", folder, "--rabbitmqctl", program);
  await mkdir(join(realm.folder, "rabbitmq-home"), { mode: 0o700 });
  await cp(out, folder, { recursive: true });
  await realm.serverFiles(folder);
  await realm.governed(out);
  const child = spawn(join(RABBITMQ, "rabbitmq-server"), [], {
    stdio: ["ignore", "pipe", "ignore"],
    env,
    cwd: folder,
  });
  await until(child, /Starting broker\.\.\. completed/);
  const ctl = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await run(program, ["-q", ...args], { timeout: 60_000, env });
    if (status !== 0) throw new Error(`${args[0]}: ${stderr || stdout}`);
    return stdout;
  };
  const stop = async () => {
    await ended(child);
    // Started by the node, and outlives it.
    await run("epmd", ["-kill"], { timeout: 10_000, env });
  };
  try {
    for (const file of ["users.json", "permissions.json"])
      await ctl("import_definitions", join(folder, file));
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, ctl, stop };
}

const READY_WITHIN_MS = 60_000;

async function until(child: ChildProcess, ready: RegExp): Promise<void> {
  let said = "";
  const output = child.stdout ?? child.stderr;
  output?.setEncoding("utf8").on("data", (chunk: string) => {
    said = (said + chunk).slice(-65_536);
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!ready.test(said)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`broker did not start: ${said}`);
    await pause(20);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
