import mqtt, { type MqttClient } from "mqtt";
import type { BrokerIdentity } from "./broker-identities.ts";

/** Programs of the older kind, written as they are: bare words, compared whole, and a state that is split at `|`. */
export interface PlainPlace {
  readonly url: string;
  readonly ca: string;
  readonly who: BrokerIdentity;
  /** `atlas/hula/333/tunnel` */
  readonly topics: string;
}

/** One that says `connect`, takes the port out of the answer, and in the end says `disconnect`. */
export interface PlainController {
  /** Resolves when the broker has it. */
  say(word: string): Promise<void>;
  /** Everything that was heard of the device, as it came. */
  readonly heard: readonly string[];
  /** Waits for a state that begins with this word, among those not yet waited for; resolves with its fields. */
  state(word: string): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

const HEARS_WITHIN = 20_000;

export async function plainController(place: PlainPlace): Promise<PlainController> {
  const heard: string[] = [];
  let next = 0;
  let arrived = () => {};
  const client = await clientOf(place);
  client.on("message", (_, payload) => {
    heard.push(payload.toString("utf8"));
    arrived();
  });
  await client.subscribeAsync(`${place.topics}/state`, { qos: 1 });
  return {
    heard,
    say: async (word) => {
      await client.publishAsync(`${place.topics}/control`, word, { qos: 1 });
    },
    state: async (word) => {
      const late = AbortSignal.timeout(HEARS_WITHIN);
      for (;;) {
        for (; next < heard.length; next++) {
          const [first, ...fields] = heard[next]?.split("|") ?? [];
          if (first !== word) continue;
          next++;
          return new Map(fields.map((field) => [field.split("=")[0] ?? "", field.split("=")[1] ?? ""]));
        }
        await new Promise<void>((resolve, reject) => {
          arrived = resolve;
          late.onabort = () => reject(new Error(`no ${word} within 20 s, but ${heard.join(" ")}`));
        });
      }
    },
    close: async () => {
      // Or the broker would keep what is said after it for the next one of this name.
      await client.unsubscribeAsync(`${place.topics}/state`);
      await client.endAsync();
    },
  };
}

/** One that knows two words, and answers whatever it hears with how it stands. */
export interface PlainDevice {
  /** Every word it was told, as it came. */
  readonly told: readonly string[];
  close(): Promise<void>;
}

export async function plainDevice(
  place: PlainPlace,
  tunnel: { readonly port: number; open(): Promise<void>; close(): Promise<void> },
): Promise<PlainDevice> {
  const told: string[] = [];
  let isUp = false;
  const client = await clientOf(place);
  let done = Promise.resolve();
  client.on("message", (_, payload) => {
    done = done.then(() => hear(payload.toString("utf8")));
  });
  const hear = async (word: string) => {
    told.push(word);
    if (word === "connect" && !isUp) {
      await tunnel.open();
      isUp = true;
    } else if (word === "disconnect" && isUp) {
      isUp = false;
      await tunnel.close();
    }
    const state = isUp ? `connected|port=${tunnel.port}` : "disconnected";
    await client.publishAsync(`${place.topics}/state`, state, { qos: 1 });
  };
  await client.subscribeAsync(`${place.topics}/control`, { qos: 1 });
  return { told, close: () => done.finally(() => client.endAsync(true)) };
}

/** The broker keeps for it what comes while it is away. */
const clientOf = ({ url, ca, who }: PlainPlace): Promise<MqttClient> =>
  mqtt.connectAsync(url, {
    ca,
    key: who.key,
    cert: who.cert,
    clientId: who.clientId,
    clean: false,
    protocolVersion: 4,
    reconnectPeriod: 200,
  });
