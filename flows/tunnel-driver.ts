import { causeOf, Failure } from "../core/failure.ts";
import {
  type Effect,
  type Keeper,
  nextTick,
  standingOf,
  startKeeper,
  step,
  type TunnelEvent,
} from "../core/tunnel/leases.ts";
import { type Standing, sameStanding } from "../core/tunnel/standing.ts";

/** Milliseconds that never jump, and a timer. */
export interface Stopwatch {
  now(): number;
  /** Returns what calls it off. */
  after(milliseconds: number, run: () => void): () => void;
}

export interface DriverPorts {
  readonly stopwatch: Stopwatch;
  /** In [0, 1). */
  random(): number;
  /** Opens the tunnel; resolves with its port on the proxy. */
  open(): Promise<number>;
  close(): Promise<void>;
  busy(): Promise<boolean>;
  publish(payload: string): void;
  woken(): void;
  log(message: string): void;
  /** Logs, and is remembered as what went wrong last. */
  trouble(message: string): void;
  /** Called with the first standing, and at each change. */
  stands(standing: Standing): void;
}

/** Carries out what the reducer of core/tunnel/leases.ts asks for, and tells it how that went. */
export class TunnelDriver {
  readonly #ports: DriverPorts;
  readonly #boot: string;
  #state: Keeper;
  #port = 0;
  /** Counts openings, so that the end of one that was given up is not taken for the next one's. */
  #opening = 0;
  #told: Standing | undefined;
  #callOff: () => void = () => {};
  #stopped = false;

  constructor(ports: DriverPorts, boot: string, withBroker: boolean) {
    this.#ports = ports;
    this.#boot = boot;
    this.#state = startKeeper(withBroker, ports.stopwatch.now());
  }

  tell(event: TunnelEvent): void {
    if (this.#stopped) return;
    const now = this.#ports.stopwatch.now();
    const { state, effects } = step(this.#state, event, { port: this.#port, boot: this.#boot }, now);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    this.#arm();
    this.#tellStanding();
  }

  /** The tunnel went down by itself. */
  lost(why: string): void {
    this.#ports.trouble(`tunnel went down: ${why}`);
    this.tell({ kind: "tunnel-lost", roll: this.#ports.random() });
  }

  stop(): void {
    this.#stopped = true;
    this.#callOff();
  }

  #tellStanding(): void {
    const standing = standingOf(this.#state, this.#port);
    if (this.#told !== undefined && sameStanding(this.#told, standing)) return;
    const { broker, tunnel, leases } = standing;
    if (tunnel === "opening" && this.#told?.tunnel === "down" && broker === "offline" && leases === 0)
      this.#ports.trouble("broker is away for too long: the tunnel opens without being asked for");
    this.#told = standing;
    this.#ports.stands(standing);
  }

  #arm(): void {
    this.#callOff();
    const { stopwatch } = this.#ports;
    const due = nextTick(this.#state, stopwatch.now());
    if (due === undefined) return;
    this.#callOff = stopwatch.after(due - stopwatch.now(), () => this.tell({ kind: "tick" }));
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "publish":
        this.#ports.publish(effect.payload);
        return;
      case "woken":
        this.#ports.woken();
        return;
      case "open":
        void this.#open();
        return;
      case "close":
        void this.#close();
        return;
      case "look":
        void this.#look();
        return;
    }
  }

  async #open(): Promise<void> {
    this.#opening += 1;
    const opening = this.#opening;
    try {
      const port = await this.#ports.open();
      if (opening !== this.#opening) return;
      this.#port = port;
      this.#ports.log(`tunnel is up on the proxy's port ${port}`);
      this.tell({ kind: "tunnel-up" });
    } catch (error) {
      if (opening !== this.#opening) return;
      this.#ports.trouble(`tunnel did not open: ${causeOf(error)}`);
      const refused = error instanceof Failure && error.code === "refused";
      this.tell({ kind: "tunnel-failed", roll: this.#ports.random(), refused });
    }
  }

  async #close(): Promise<void> {
    this.#opening += 1;
    await this.#ports
      .close()
      .catch((error: unknown) => this.#ports.trouble(`tunnel did not close: ${causeOf(error)}`));
    this.#ports.log("tunnel is closed");
    this.tell({ kind: "tunnel-closed" });
  }

  async #look(): Promise<void> {
    // Where nobody can tell, nothing is cut.
    const busy = await this.#ports.busy().catch(() => true);
    this.tell({ kind: "channels", busy });
  }
}
