import pLimit from "p-limit";
import { failureOf } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import type { Bus, BusLender } from "../core/ports/bus.ts";
import type { LeaseHolder, TellWoken, Woken } from "../core/ports/leases.ts";
import { Lease, RENEW_EVERY } from "./lease.ts";
import type { Stopwatch } from "./tunnel-driver.ts";

export interface LeasePorts {
  readonly broker: BusLender;
  readonly stopwatch: Stopwatch;
  /** 16 bytes from the system's generator. */
  random(): Uint8Array;
}

/** AWS IoT grants fifty subscriptions a connection. */
const AT_ONCE = 40;
/** Milliseconds; after that the leases are left to end by themselves. */
const END_WITHIN = 3_000;

/** The leases of one command on all devices that it works with. */
export class Leases implements LeaseHolder {
  readonly #ports: LeasePorts;
  readonly #held: Lease[] = [];
  /** Those that have not answered yet, by id. */
  readonly #waking = new Map<string, Lease>();
  readonly #givenUp = new Set<string>();
  #callOff: () => void = () => {};
  #ended = false;

  constructor(ports: LeasePorts) {
    this.#ports = ports;
  }

  take(devices: readonly ComputerId[], tell: TellWoken): void {
    void this.#takeAll(devices, tell);
    // Some are awake long before the last one was its turn.
    this.#callOff();
    this.#renewLater();
  }

  giveUp(devices: readonly ComputerId[]): void {
    for (const name of devices.map(formatId)) {
      this.#givenUp.add(name);
      this.#waking.get(name)?.giveUp();
    }
  }

  leave(): void {
    this.#ended = true;
    this.#callOff();
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#callOff();
    const told = this.#tellAll((lease, bus) => lease.end(bus));
    await new Promise<void>((resolve) => {
      const callOff = this.#ports.stopwatch.after(END_WITHIN, resolve);
      void told.then(() => {
        callOff();
        resolve();
      });
    });
  }

  /** One that does not answer keeps its place for a while; the others share what is left. */
  async #takeAll(devices: readonly ComputerId[], tell: TellWoken): Promise<void> {
    const limit = pLimit(AT_ONCE);
    const take = async (id: ComputerId) => {
      if (this.#ended || this.#givenUp.has(formatId(id))) return;
      const lent = this.#ports.broker.lend((bus) => this.#takeOne(bus, id));
      tell(id, await lent.catch((error: unknown) => ({ ok: false, failure: failureOf(error, "broker") })));
    };
    await Promise.all(devices.map((id) => limit(take, id)));
  }

  async #takeOne(bus: Bus, device: ComputerId): Promise<Woken> {
    const lease = new Lease(device, this.#ports.random(), this.#ports.stopwatch);
    this.#held.push(lease);
    this.#waking.set(formatId(device), lease);
    try {
      return { ok: true, port: await lease.take(bus) };
    } catch (error) {
      return { ok: false, failure: failureOf(error, "broker") };
    } finally {
      this.#waking.delete(formatId(device));
    }
  }

  #renewLater(): void {
    if (this.#ended) return;
    this.#callOff = this.#ports.stopwatch.after(RENEW_EVERY, () => {
      void this.#tellAll((lease, bus) => lease.renew(bus)).then(() => this.#renewLater());
    });
  }

  async #tellAll(tell: (lease: Lease, bus: Bus) => Promise<void>): Promise<void> {
    if (this.#held.length === 0) return;
    // While a connection lives in a tunnel it stays up regardless, so a broker that is away harms nobody here.
    await this.#ports.broker
      .lend((bus) => Promise.all(this.#held.map((lease) => tell(lease, bus))))
      .catch(() => undefined);
  }
}
