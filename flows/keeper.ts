import { type Answer, type Request, sayFailure } from "../core/computer/keeper-words.ts";
import { failureOf } from "../core/failure.ts";
import { type ComputerId, formatId, parseComputerId } from "../core/names.ts";
import { type LeasePorts, Leases } from "./leases.ts";

export interface KeeperPorts extends LeasePorts {
  readonly version: string;
  /** Nobody needs it any more: it ends. */
  end(): void;
}

/** One command that is connected. */
export interface Guest {
  hear(request: Request): void;
  /** The connection has ended. */
  gone(): void;
}

/** Milliseconds without a guest; about as long as ssh keeps a shared connection, which a next command finds too. */
export const IDLE = 300_000;

/** Holds what the commands of one controller share: its one connection to the broker, and the leases of each. */
export class Keeper {
  readonly #ports: KeeperPorts;
  readonly #guests = new Set<Leases>();
  #callOff: () => void = () => {};

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.#idle();
  }

  welcome(say: (answer: Answer) => void): Guest {
    const leases = new Leases(this.#ports);
    this.#guests.add(leases);
    this.#callOff();
    say({ kind: "keeper", version: this.#ports.version });
    const topics: (() => void)[] = [];
    return {
      hear: (request) => this.#hear(request, leases, say, topics),
      gone: () => {
        for (const forget of topics) forget();
        void leases.end().then(() => {
          this.#guests.delete(leases);
          if (this.#guests.size === 0) this.#idle();
        });
      },
    };
  }

  /** Ends all leases that somebody still holds. */
  async close(): Promise<void> {
    this.#callOff();
    await Promise.all([...this.#guests].map((leases) => leases.end()));
  }

  #idle(): void {
    this.#callOff = this.#ports.stopwatch.after(IDLE, () => this.#ports.end());
  }

  #hear(request: Request, leases: Leases, say: (answer: Answer) => void, topics: (() => void)[]): void {
    if (request.kind === "retire") this.#ports.end();
    else if (request.kind === "leave") leases.leave();
    else if (request.kind === "take") take(request.devices, leases, say);
    else if (request.kind === "give-up") leases.giveUp(idsOf(request.devices));
    else void this.#ask(request, say, topics);
  }

  async #ask(
    request: Extract<Request, { n: number }>,
    say: (answer: Answer) => void,
    topics: (() => void)[],
  ): Promise<void> {
    const { n, topic } = request;
    const heard = (payload: string, on: string) => say({ kind: "heard", n, topic: on, payload });
    try {
      await this.#ports.broker.lend(async (bus) => {
        if (request.kind === "publish") return bus.publish(topic, request.payload);
        topics.push(() => bus.unsubscribe(topic, heard));
        return bus.subscribe(topic, heard);
      });
      say({ kind: "done", n });
    } catch (error) {
      say({ kind: "failed", n, failure: sayFailure(failureOf(error, "broker")) });
    }
  }
}

const idsOf = (devices: readonly string[]): readonly ComputerId[] =>
  devices.map(parseComputerId).flatMap((id) => (id.ok ? [id.value] : []));

function take(devices: readonly string[], leases: Leases, say: (answer: Answer) => void): void {
  leases.take(idsOf(devices), (id, how) => {
    const device = formatId(id);
    if (how.ok) say({ kind: "woken", device, port: how.port });
    else say({ kind: "asleep", device, failure: sayFailure(how.failure) });
  });
}
