import mqtt, { ErrorWithSubackPacket, type MqttClient } from "mqtt";
import { causeOf, Failure, unavailable } from "../../core/failure.ts";
import type { Bus } from "../../core/ports/bus.ts";
import { Link } from "./link.ts";
import { type BrokerAccess, connectSecurely, takeAhead } from "./secure.ts";

export interface BusOptions extends BrokerAccess {
  readonly clientId: string;
  /** What the broker publishes, retained, once it finds this computer gone without a good-bye. */
  readonly will?: { readonly topic: string; readonly payload: string };
}

/** A connection that comes and goes by itself, and says so. */
export interface LinkedBus extends Bus {
  /** Called at each change, and at once with what holds now. */
  onLink(heard: (link: "online" | "offline") => void): void;
}

/** Either end gives the other up after 1.5 times this: within 45 s. AWS IoT Core takes less than 30 s for 30. */
const KEEP_ALIVE_S = 28;
const CONNECT_WITHIN_MS = 8000;
/** SUBACK's answer to a filter that is refused (MQTT 3.1.1, 3.9.3). */
const SUBSCRIPTION_REFUSED = 128;
/** Bytes; the longest word of the protocol has 8 kB, and MQTT would allow 256 MB (core/tunnel/messages.ts). */
const LONGEST = 65_536;
const FAREWELL_MS = 1000;
/** A laptop that slept, or changed its network, holds a connection that is none; the broker's keep-alive takes longer. */
const ANSWER_WITHIN_MS = 2500;

const CLOSED = "it closed the connection; is the certificate active?";

/** For a controller: resolves once connected; a broker that can't be reached is a failure, not a wait. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const client = clientFor(options, true, () => ({}));
  const bus = new MqttBus(client, ANSWER_WITHIN_MS);
  try {
    await firstConnection(client);
  } catch (error) {
    client.end(true);
    throw unavailable(
      `broker ${options.url}`,
      error,
      "check the broker's address, and that the certificate is active",
    );
  }
  return bus;
}

/**
 * For a device: keeps trying for ever, and what others sent meanwhile comes after it is back. `complain` hears why it
 * can't connect, once for each new reason. `renew` gives the key and certificate to come back with: they may have been
 * rotated meanwhile.
 */
export function openBus(
  options: BusOptions,
  complain: (why: string) => void,
  renew: () => Partial<BrokerAccess> = () => ({}),
): LinkedBus {
  const client = clientFor(options, false, renew);
  let last = "";
  const note = (why: string) => {
    if (why !== last) complain(why);
    last = why;
  };
  let silent = true;
  client.on("connect", () => {
    last = "";
    silent = false;
  });
  client.on("error", (error) => {
    note(causeOf(error));
    silent = false;
  });
  // To a certificate that is not active, AWS IoT Core says nothing at all.
  client.on("close", () => {
    if (silent) note(CLOSED);
    silent = true;
  });
  return new MqttBus(client);
}

/** `renew` is asked before each connection. */
function clientFor(
  { clientId, will, ...access }: BusOptions,
  clean: boolean,
  renew: () => Partial<BrokerAccess>,
): MqttClient {
  return new mqtt.MqttClient(() => takeAhead(access) ?? connectSecurely({ ...access, ...renew() }), {
    clientId,
    ...(will === undefined
      ? {}
      : { will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
    protocolVersion: 4,
    keepalive: KEEP_ALIVE_S,
    connectTimeout: CONNECT_WITHIN_MS,
    clean,
    resubscribe: true,
    // A broker that is starting, or a certificate about to become active, says no at first.
    reconnectOnConnackError: true,
  });
}

function firstConnection(client: MqttClient): Promise<void> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const give = (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(
      () => give(last ?? new Error(`no answer within ${CONNECT_WITHIN_MS / 1000} s`)),
      CONNECT_WITHIN_MS,
    );
    client.once("connect", () => {
      clearTimeout(timer);
      resolve();
    });
    client.once("error", give);
    client.once("close", () => give(last ?? new Error(CLOSED)));
    client.on("error", (error) => {
      last = error;
    });
  });
}

class MqttBus implements LinkedBus {
  readonly #client: MqttClient;
  readonly #link: Link;
  readonly #listeners = new Map<string, ((payload: string, topic: string) => void)[]>();
  readonly #answerWithin: number | undefined;

  /** `answerWithin`: milliseconds for the broker's answer, behind which the connection is made anew. */
  constructor(client: MqttClient, answerWithin?: number) {
    this.#client = client;
    this.#answerWithin = answerWithin;
    this.#link = new Link(client);
    client.on("message", (topic, payload) => {
      // Nothing of it is copied, or passed on to other processes.
      if (payload.length > LONGEST) return;
      for (const [filter, listeners] of this.#listeners) {
        if (!takes(filter, topic)) continue;
        for (const heard of listeners) heard(payload.toString("utf8"), topic);
      }
    });
    // Each is followed by a close, which the link tells; without a listener it would end the process.
    client.on("error", () => {});
  }

  async publish(topic: string, payload: string, how?: "retained"): Promise<void> {
    await this.#answered(this.#client.publishAsync(topic, payload, { qos: 1, retain: how === "retained" }));
  }

  async subscribe(topic: string, heard: (payload: string, topic: string) => void): Promise<void> {
    // Asked for again after a loss, a topic is still heard once.
    const others = (this.#listeners.get(topic) ?? []).filter((other) => other !== heard);
    this.#listeners.set(topic, [...others, heard]);
    await this.#answered(this.#client.subscribeAsync(topic, { qos: 1 })).catch((error: unknown) => {
      throw isRefusal(error)
        ? new Failure("refused", `broker does not let this computer hear ${topic}`, { cause: error })
        : unavailable("broker", error);
    });
  }

  unsubscribe(topic: string, heard: (payload: string, topic: string) => void): void {
    const others = (this.#listeners.get(topic) ?? []).filter((other) => other !== heard);
    if (others.length > 0) this.#listeners.set(topic, others);
    else if (this.#listeners.delete(topic)) this.#client.unsubscribeAsync(topic).catch(() => undefined);
  }

  onLink(heard: (link: "online" | "offline") => void): void {
    this.#link.onChange(heard);
  }

  /** What was sent is sent again on the next connection, and its topics are subscribed to again. */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    if (this.#answerWithin === undefined) return answer;
    if (!this.#client.connected) this.#link.renew();
    const timer = setTimeout(() => this.#link.renew(), this.#answerWithin);
    return answer.finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    const ended = this.#client.endAsync();
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, FAREWELL_MS).unref();
    });
    await Promise.race([ended, late]);
    this.#client.end(true);
  }
}

/** MQTT 3.1.1, 4.7.1.3; nobody here subscribes by `#`. */
function takes(filter: string, topic: string): boolean {
  if (!filter.includes("+")) return filter === topic;
  const [wanted, levels] = [filter.split("/"), topic.split("/")];
  return (
    wanted.length === levels.length && wanted.every((level, at) => level === "+" || level === levels[at])
  );
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ErrorWithSubackPacket && error.packet.granted.includes(SUBSCRIPTION_REFUSED);
