import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { BrokerIdentities } from "./broker-identities.ts";
import type { Topics } from "./mosquitto.ts";
import { freePorts } from "./stock-host.ts";

/** Not the wrapper on the PATH, which changes accounts and folders. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const READY_WITHIN = 90_000;
const STOP_WITHIN = 10_000;

export const hasRabbitMq = (): boolean => existsSync(SERVER) && existsSync("/usr/bin/epmd");

export interface RabbitMq {
  /** MQTT by mutual TLS on 127.0.0.1, one a node. */
  readonly ports: readonly number[];
  /** As if its machine had lost its power. */
  kill(node: number): Promise<void>;
  stop(): Promise<void>;
}

/** RabbitMQ as one node or several that are a cluster; of this machine it uses free ports and the folder. */
export async function startRabbitMq(
  folder: string,
  nodes: number,
  { ca, server }: BrokerIdentities,
  topics: readonly Topics[],
): Promise<RabbitMq> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(folder, name);
  const [epmdPort = 0, ...ports] = await freePorts(1 + 2 * nodes);
  const files = {
    "ca.pem": ca,
    "cert.pem": server.certPem,
    "key.pem": server.keyPem,
    "definitions.json": JSON.stringify(definitions(topics)),
    // Joining nodes need the same one, and Erlang wants it private.
    ".erlang.cookie": "warren-test",
    plugins: "[rabbitmq_mqtt].\n",
    env: "",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text, { mode: 0o400 });
  const names = Array.from({ length: nodes }, (_, index) => `warren${index}@localhost`);
  const epmd = spawn("epmd", ["-port", String(epmdPort), "-address", "127.0.0.1"], { stdio: "ignore" });

  const start = async (index: number): Promise<ChildProcess> => {
    const [mqtt = 0, distribution = 0] = ports.slice(2 * index);
    const conf = file(`${index}.conf`);
    await writeFile(conf, settings(folder, mqtt, names));
    const child = spawn(SERVER, [], {
      // A group of its own, for the shell that it is and the port programs of Erlang.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        LANG: "C.UTF-8",
        ERL_EPMD_PORT: String(epmdPort),
        ERL_EPMD_ADDRESS: "127.0.0.1",
        RABBITMQ_NODENAME: names[index],
        RABBITMQ_DIST_PORT: String(distribution),
        RABBITMQ_CONFIG_FILE: conf,
        RABBITMQ_CONF_ENV_FILE: file("env"),
        RABBITMQ_MNESIA_BASE: file("mnesia"),
        RABBITMQ_ENABLED_PLUGINS_FILE: file("plugins"),
        RABBITMQ_LOGS: "-",
        // Three of them share this machine with everything else.
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none",
      },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said = (said + chunk.toString("utf8")).slice(-8192);
      });
    }
    const deadline = Date.now() + READY_WITHIN;
    while (!(await listens(mqtt))) {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`RabbitMQ does not run: ${said}`);
      await pause(100);
    }
    return child;
  };
  const running = new Map<number, ChildProcess>();
  const kill = async (index: number): Promise<void> => {
    const child = running.get(index);
    if (!running.delete(index) || child?.pid === undefined || child.exitCode !== null) return;
    const gone = once(child, "close", { signal: AbortSignal.timeout(STOP_WITHIN) });
    process.kill(-child.pid, "SIGKILL");
    await gone;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...running.keys()].map(kill));
    const gone = once(epmd, "exit");
    epmd.kill();
    await gone;
  };
  try {
    // The others find the first one, and join it.
    running.set(0, await start(0));
    const others = names.slice(1).map(async (_, index) => running.set(index + 1, await start(index + 1)));
    await Promise.all(others);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports: names.map((_, index) => ports[2 * index] ?? 0), kill, stop };
}

const settings = (folder: string, port: number, names: readonly string[]): string =>
  [
    "listeners.tcp = none",
    "mqtt.listeners.tcp = none",
    `mqtt.listeners.ssl.default = 127.0.0.1:${port}`,
    "mqtt.allow_anonymous = false",
    "mqtt.ssl_cert_login = true",
    "ssl_cert_login_from = common_name",
    // What waits for a device that is away must outlive the node that it was connected to.
    "mqtt.durable_queue_type = quorum",
    `ssl_options.cacertfile = ${folder}/ca.pem`,
    `ssl_options.certfile = ${folder}/cert.pem`,
    `ssl_options.keyfile = ${folder}/key.pem`,
    "ssl_options.verify = verify_peer",
    "ssl_options.fail_if_no_peer_cert = true",
    "mqtt.tcp_listen_options.nodelay = true",
    `load_definitions = ${folder}/definitions.json`,
    "cluster_formation.peer_discovery_backend = classic_config",
    ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
    "",
  ].join("\n");

/** A user for each certificate, who has its own queues, and its topics as RabbitMQ writes them. */
function definitions(topics: readonly Topics[]) {
  const keys = (names: readonly string[]) =>
    `^(${names.map((name) => name.split("/").map(level).join("[.]")).join("|")})$`;
  const own = (clientId: string) => `mqtt-subscription-${quoted(clientId)}qos[01]`;
  return {
    rabbit_version: "3.10.8",
    vhosts: [{ name: "/" }],
    users: topics.map(({ clientId }) => ({ name: clientId, password_hash: "", tags: "" })),
    permissions: topics.map(({ clientId }) => ({
      user: clientId,
      vhost: "/",
      configure: `^${own(clientId)}$`,
      write: `^(${own(clientId)}|amq[.]topic)$`,
      read: `^(${own(clientId)}|amq[.]topic)$`,
    })),
    topic_permissions: topics.map(({ clientId, says, hears }) => ({
      user: clientId,
      vhost: "/",
      exchange: "amq.topic",
      write: keys(says),
      read: keys(hears),
    })),
  };
}

const level = (text: string): string => (text === "+" ? "[^.]+" : quoted(text));
const quoted = (text: string): string => text.replaceAll(".", "[.]");

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
