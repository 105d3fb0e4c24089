import type { MqttClient } from "mqtt";
import { backoff } from "../../core/tunnel/backoff.ts";

/** AWS IoT Core takes one connection a second of a client id. */
const SHORTEST_MS = 1000;
/**
 * A link that lived so long was a success; a shorter one may be half of a war between two with one client id. It is
 * longer than the longest pause: while the other one goes on coming back, nothing counts as a success.
 */
const PROVEN_MS = 60_000;

/** Watches one client's connection, and spaces its attempts: full jitter, doubling until a link has proven itself. */
export class Link {
  #state: "online" | "offline" = "offline";
  #attempts = 0;
  #since = 0;
  #hurries = false;
  /** Between two attempts. */
  #pauses = false;
  readonly #client: MqttClient;
  readonly #heard: ((link: "online" | "offline") => void)[] = [];

  constructor(client: MqttClient) {
    this.#client = client;
    client.options.reconnectPeriod = SHORTEST_MS;
    client.on("connect", () => {
      // A wake-up is one small packet: Nagle's algorithm would hold it back for 40 ms and more.
      const { stream } = client;
      if ("setNoDelay" in stream && typeof stream.setNoDelay === "function") stream.setNoDelay(true);
      this.#since = Date.now();
      this.#become("online");
    });
    client.on("reconnect", () => {
      this.#pauses = false;
    });
    // Before mqtt.js's own listener, which starts the timer of the next attempt.
    client.prependListener("close", () => {
      if (this.#state === "online" && Date.now() - this.#since >= PROVEN_MS) this.#attempts = 0;
      this.#attempts++;
      const pause = Math.max(SHORTEST_MS, backoff(this.#attempts, Math.random()));
      client.options.reconnectPeriod = this.#hurries ? 1 : pause;
      this.#hurries = false;
      this.#pauses = true;
      this.#become("offline");
    });
  }

  onChange(heard: (link: "online" | "offline") => void): void {
    this.#heard.push(heard);
    heard(this.#state);
  }

  /** Gives a connection up for dead, or ends the pause before the next attempt: somebody waits for an answer. */
  renew(): void {
    if (this.#client.connected) {
      this.#hurries = true;
      this.#client.stream.destroy();
    } else if (this.#pauses) this.#client.reconnect();
  }

  #become(state: "online" | "offline"): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const heard of this.#heard) heard(state);
  }
}
