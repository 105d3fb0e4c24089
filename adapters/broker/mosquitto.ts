import { readFile, stat } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { MqttClient } from "mqtt";
import type { BrokerClient } from "../../core/broker/clients.ts";
import { MOSQUITTO_PID, MOSQUITTO_SOCKET } from "../../core/broker/mosquitto.ts";
import { type Acl, MOSQUITTO_ADMIN } from "../../core/broker/mosquitto-rules.ts";
import {
  type MosquittoCommand,
  type MosquittoHeld,
  mosquittoAnswers,
  mosquittoSteps,
} from "../../core/broker/mosquitto-steps.ts";
import { causeOf, Failure, unavailable } from "../../core/failure.ts";
import type { BrokerChange, BrokerControl, BrokerGoverned } from "../../core/ports/broker.ts";

const REQUESTS = "$CONTROL/dynamic-security/v1";
const ANSWERS = `${REQUESTS}/response`;
const WITHIN_MS = 10_000;
/** Commands in one message; the plugin answers each of them. */
const AT_ONCE = 500;

type Query = { readonly command: "listClients" | "listRoles"; readonly verbose: true };

/** mosquitto's dynamic-security plugin, over the socket in the broker's own folder. */
export class MosquittoControl implements BrokerControl {
  readonly #folder: string;
  readonly #password: string;

  constructor({ folder, password }: { readonly folder: string; readonly password: string }) {
    this.#folder = folder;
    this.#password = password;
  }

  async govern(
    clients: readonly BrokerClient[],
    { lost, listChanged }: BrokerChange,
  ): Promise<BrokerGoverned> {
    // First of all: who is put out below must not come in again.
    if (listChanged) await this.#readListAgain();
    const plugin = await Plugin.open(join(this.#folder, MOSQUITTO_SOCKET), this.#password);
    try {
      const steps = mosquittoSteps(await plugin.held(), clients, lost);
      for (let at = 0; at < steps.length; at += AT_ONCE) await plugin.tell(steps.slice(at, at + AT_ONCE));
      return {
        added: steps.flatMap((step) => (step.command === "createClient" ? [step.username] : [])),
        removed: steps.flatMap((step) => (step.command === "deleteClient" ? [step.username] : [])),
      };
    } finally {
      plugin.close();
    }
  }

  /** mosquitto reads certificates and lists anew at SIGHUP, and drops nobody for it. */
  async #readListAgain(): Promise<void> {
    const file = join(this.#folder, MOSQUITTO_PID);
    const pid = Number(/^([1-9][0-9]{0,9})\n?$/.exec(await readFile(file, "utf8"))?.[1]);
    const proc = `/proc/${pid}`;
    // The broker's account can write that file: root signals nothing but a process of that very account.
    const [owner, running] = await Promise.all([stat(this.#folder), stat(proc)]).catch((cause: unknown) => {
      throw unavailable("mosquitto", cause, "systemctl status mosquitto");
    });
    if (owner.uid !== running.uid || (await readFile(`${proc}/comm`, "utf8")) !== "mosquitto\n")
      throw new Failure(
        "refused",
        `${file} names process ${pid}, which is no mosquitto of this folder's owner`,
      );
    process.kill(pid, "SIGHUP");
  }
}

/** One connection to the plugin, on which one request at a time is under way. */
class Plugin {
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
  }

  static async open(socket: string, password: string): Promise<Plugin> {
    const client = new MqttClient(() => createConnection(socket), {
      clientId: MOSQUITTO_ADMIN,
      username: MOSQUITTO_ADMIN,
      password,
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: WITHIN_MS,
    });
    try {
      await inTime(
        new Promise<void>((resolve, reject) => {
          client.once("connect", () => resolve());
          client.once("error", reject);
          client.once("close", () => reject(new Error("it closed the connection")));
        }),
      );
      client.on("error", () => {});
      await client.subscribeAsync(ANSWERS, { qos: 1 });
      return new Plugin(client);
    } catch (error) {
      client.end(true);
      throw unavailable(`mosquitto at ${socket}`, error);
    }
  }

  async held(): Promise<MosquittoHeld> {
    const answers = await this.#ask([
      { command: "listClients", verbose: true },
      { command: "listRoles", verbose: true },
    ]);
    const [clients, roles] = answers.map(({ data }) => data);
    if (clients?.clients === undefined || roles?.roles === undefined)
      throw new Failure("refused", "mosquitto's plugin lists no clients or no roles");
    return {
      clients: new Set(clients.clients.map(({ username }) => username)),
      roles: new Map(roles.roles.map(({ rolename, acls }) => [rolename, acls as readonly Acl[]])),
    };
  }

  async tell(commands: readonly MosquittoCommand[]): Promise<void> {
    const failed = (await this.#ask(commands)).find(({ error }) => error !== undefined);
    if (failed !== undefined)
      throw new Failure("refused", `mosquitto's plugin refused ${failed.command}: ${failed.error}`);
  }

  close(): void {
    this.#client.end(true);
  }

  async #ask(commands: readonly (MosquittoCommand | Query)[]) {
    const answered = new Promise<string>((resolve, reject) => {
      this.#client.once("message", (_, payload) => resolve(payload.toString("utf8")));
      this.#client.once("close", () => reject(new Error("it closed the connection")));
    });
    await this.#client.publishAsync(REQUESTS, JSON.stringify({ commands }), { qos: 1 });
    const text = await inTime(answered).catch((cause: unknown) => {
      throw unavailable("mosquitto's plugin", cause);
    });
    const { responses } = mosquittoAnswers.parse(JSON.parse(text));
    if (responses.length !== commands.length)
      throw new Failure(
        "refused",
        `mosquitto's plugin gave ${responses.length} answers to ${commands.length} commands`,
      );
    return responses;
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${WITHIN_MS / 1000} s`)), WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof Error ? error : new Error(causeOf(error));
  } finally {
    clearTimeout(timer);
  }
}
