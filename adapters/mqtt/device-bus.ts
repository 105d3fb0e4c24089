import { connect, type IClientOptions, type MqttClient } from "mqtt";
import { causeOf } from "../../core/failure.ts";
import type { Bus } from "../../core/ports.ts";
import { backoff } from "../../core/tunnel/backoff.ts";

export interface DeviceBusSettings {
  /** `mqtts://host:port` */
  readonly url: string;
  readonly clientId: string;
  /** PEM, all three; without a CA the system's roots count. */
  readonly key: string;
  readonly cert: string;
  readonly ca?: string;
  readonly log: (message: string) => void;
}

/** Seconds: a dead link is noticed after one and a half of it; AWS IoT takes no less than 30. */
const KEEP_ALIVE = 60;
const CONNECT_WITHIN = 15_000;
/** AWS IoT takes MQTT on the port of HTTPS where the client asks for it by this name. */
const ALPN_ON_443 = "x-amzn-mqtt-ca";

/** A device's connection to its broker, which comes back by itself as long as the agent runs. */
export class MqttDeviceBus implements Bus {
  readonly #client: MqttClient;
  readonly #heard = new Map<string, (payload: string) => void>();
  #link: "online" | "offline" = "offline";
  #linkHeard: (link: "online" | "offline") => void = () => {};
  #failures = 0;

  constructor({ url, log, ...identity }: DeviceBusSettings) {
    const options: IClientOptions = {
      ...identity,
      protocolVersion: 4,
      // A wake-up that was meant for another hour must not be delivered in this one.
      clean: true,
      resubscribe: false,
      queueQoSZero: false,
      keepalive: KEEP_ALIVE,
      connectTimeout: CONNECT_WITHIN,
      rejectUnauthorized: true,
      ...(new URL(url).port === "443" ? { ALPNProtocols: [ALPN_ON_443] } : {}),
    };
    const client = connect(url, options);
    this.#client = client;
    let said = "";
    client.on("connect", () => {
      // Without this a wake-up waits 40 ms and more for Nagle's algorithm.
      if ("setNoDelay" in client.stream && typeof client.stream.setNoDelay === "function")
        client.stream.setNoDelay(true);
      this.#failures = 0;
      said = "";
      log("broker is connected");
      this.#changed("online");
    });
    client.on("message", (topic, payload) => this.#heard.get(topic)?.(payload.toString("utf8")));
    client.on("error", (error) => {
      // Said once, not at each of a night's attempts.
      if (causeOf(error) !== said) log(`broker does not answer: ${causeOf(error)}`);
      said = causeOf(error);
    });
    client.on("close", () => {
      this.#failures += 1;
      // mqtt.js has a fixed period: two clients of one name would take turns for ever.
      client.options.reconnectPeriod = backoff(this.#failures, Math.random());
      if (this.#link === "online") log("broker is gone");
      this.#changed("offline");
    });
  }

  onLink(heard: (link: "online" | "offline") => void): void {
    this.#linkHeard = heard;
    heard(this.#link);
  }

  async subscribe(topic: string, heard: (payload: string) => void): Promise<void> {
    this.#heard.set(topic, heard);
    const [granted] = await this.#client.subscribeAsync(topic, { qos: 1 });
    // 128 is the refusal of MQTT 3.1.1.
    if (granted === undefined || granted.qos > 2) throw new Error(`broker refused the topic ${topic}`);
  }

  async publish(topic: string, payload: string): Promise<void> {
    await this.#client.publishAsync(topic, payload, { qos: 1 });
  }

  async close(): Promise<void> {
    this.#linkHeard = () => {};
    await this.#client.endAsync(true);
  }

  #changed(link: "online" | "offline"): void {
    if (link === this.#link) return;
    this.#link = link;
    this.#linkHeard(link);
  }
}
