import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Card } from "./own-realm.ts";

const WITHIN_MS = 5_000;

/** An MQTT client that tries whatever it is told to, once. */
export class OwnClient {
  readonly #client: MqttClient;
  readonly #heard: { readonly topic: string; readonly payload: string }[] = [];
  #wake = () => {};
  /** What happened last on the way in. */
  problem = "";

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic, payload) => {
      this.#heard.push({ topic, payload: payload.toString("utf8") });
      this.#wake();
    });
    client.on("close", () => this.#wake());
    client.on("error", (error) => {
      this.problem = error.message;
    });
  }

  /** Resolves when it is in, or was refused: `isUp` says which. */
  static async come(
    port: number,
    ca: string,
    card: Partial<Card>,
    more: IClientOptions = {},
  ): Promise<OwnClient> {
    const { key, cert, clientId } = card;
    const client = mqtt.connect(`mqtts://127.0.0.1:${port}`, {
      ...(key === undefined || cert === undefined ? {} : { key, cert }),
      clientId: clientId ?? "nobody",
      ca,
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: WITHIN_MS,
      ...more,
    });
    return OwnClient.of(client);
  }

  static async of(client: MqttClient): Promise<OwnClient> {
    const own = new OwnClient(client);
    await new Promise<void>((resolve) => {
      client.once("connect", () => resolve());
      client.once("close", () => resolve());
    });
    return own;
  }

  get isUp(): boolean {
    return this.#client.connected;
  }

  /** Whether the broker acknowledged it, or at least did not hang up: under 3.1.1 a refusal may be silent. */
  say(topic: string, payload: string, retain = false): Promise<boolean> {
    return this.#orClosed((done) => this.#client.publish(topic, payload, { qos: 1, retain }, done));
  }

  hear(filter: string): Promise<boolean> {
    return this.#orClosed((done) =>
      this.#client.subscribe(filter, { qos: 1 }, (error) => done(error ?? undefined)),
    );
  }

  /** What was heard before a message with this payload, which must come; undefined where the connection is gone. */
  async before(fence: string): Promise<readonly string[] | undefined> {
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      const at = this.#heard.findIndex(({ payload }) => payload === fence);
      if (at >= 0) return this.#heard.splice(0, at + 1).map(({ topic, payload }) => `${topic} ${payload}`);
      if (!this.isUp) return undefined;
      if (Date.now() > deadline) throw new Error(`${fence} was not heard`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 200).unref();
      });
    }
  }

  /** Resolves with the milliseconds until the connection was gone. */
  async gone(): Promise<number> {
    const since = Date.now();
    while (this.isUp && Date.now() - since < WITHIN_MS) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 200).unref();
      });
    }
    if (this.isUp) throw new Error("it is still connected");
    return Date.now() - since;
  }

  leave(): void {
    this.#client.end(true);
  }

  #orClosed(ask: (done: (error?: Error | null) => void) => void): Promise<boolean> {
    if (!this.isUp) return Promise.resolve(false);
    return new Promise((resolve) => {
      const closed = () => resolve(false);
      this.#client.once("close", closed);
      ask((error) => {
        this.#client.off("close", closed);
        resolve(error === undefined || error === null);
      });
    });
  }
}
