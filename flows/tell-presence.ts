import { causeOf } from "../core/failure.ts";
import type { ComputerId } from "../core/names.ts";
import type { Bus } from "../core/ports/bus.ts";
import type { Clock } from "../core/ports/clock.ts";
import { presenceTopic } from "../core/tunnel/messages.ts";
import { printPresence } from "../core/tunnel/presence.ts";
import type { Standing } from "../core/tunnel/standing.ts";
import type { Stopwatch } from "./tunnel-driver.ts";

export interface PresencePorts {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly bus: Bus;
  trouble(message: string): void;
}

/**
 * A lost connection's last will comes when its broker notices, up to 45 s later, and where brokers are a cluster
 * perhaps behind the word of the connection that followed: that word is said once more after that.
 */
const AGAIN_AFTER = 60_000;

/** Says on the presence topic, retained, that the device is there and whether its tunnel is up. */
export class PresenceTeller {
  readonly #ports: PresencePorts;
  readonly #topic: string;
  readonly #boot: string;
  #tunnel: "up" | "down" = "down";
  #since: number;
  #online = false;
  #callOff: () => void = () => {};

  constructor(ports: PresencePorts, id: ComputerId, boot: string) {
    this.#ports = ports;
    this.#topic = presenceTopic(id);
    this.#boot = boot;
    this.#since = this.#now();
  }

  stands(standing: Standing): void {
    const tunnel = standing.tunnel === "up" ? "up" : "down";
    const moved = tunnel !== this.#tunnel;
    if (moved) this.#since = this.#now();
    this.#tunnel = tunnel;
    const came = standing.broker === "online" && !this.#online;
    this.#online = standing.broker === "online";
    if (!this.#online) this.#callOff();
    if (this.#online && (came || moved)) this.#say();
    if (came) this.#callOff = this.#ports.stopwatch.after(AGAIN_AFTER, () => this.#say());
  }

  /** A clean good-bye: no last will follows it. */
  leave(): void {
    this.#callOff();
    if (this.#online) this.#publish(printPresence({ word: "offline", boot: this.#boot, since: this.#now() }));
  }

  #say(): void {
    const [boot, tunnel, since] = [this.#boot, this.#tunnel, this.#since];
    this.#publish(printPresence({ word: "online", boot, tunnel, since }));
  }

  #publish(payload: string): void {
    const { bus, trouble } = this.#ports;
    bus
      .publish(this.#topic, payload, "retained")
      .catch((error: unknown) => trouble(`presence was not published: ${causeOf(error)}`));
  }

  #now(): number {
    return Math.floor(Date.parse(this.#ports.clock.now()) / 1000);
  }
}
