import { unavailable } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import type { Bus } from "../core/ports/bus.ts";
import {
  controlTopic,
  type LeaseId,
  leaseHash,
  leaseIdFrom,
  parseState,
  printControl,
  stateTopic,
  type TunnelState,
} from "../core/tunnel/messages.ts";
import type { Stopwatch } from "./tunnel-driver.ts";

/** Seconds that a lease lasts without a renewal. */
export const TTL = 60;
/** Milliseconds, like all below. */
export const RENEW_EVERY = (TTL * 1000) / 3;
const TRY_EVERY = 1_500;
const TRIES = 3;
const ANSWER_WITHIN = 10_000;

/** This controller's claim on one device's tunnel. */
export class Lease {
  readonly device: ComputerId;
  readonly #lease: LeaseId;
  readonly #stopwatch: Stopwatch;
  /** Agents of the older kind know no leases: they are told the bare words. */
  #form: "lease" | "plain" = "lease";
  #seq = 0;
  readonly #answers: Answers;
  #over = false;

  /** `random` is 16 bytes from the system's generator. */
  constructor(device: ComputerId, random: Uint8Array, stopwatch: Stopwatch) {
    this.device = device;
    this.#lease = leaseIdFrom(random);
    this.#stopwatch = stopwatch;
    this.#answers = new Answers(stopwatch);
  }

  /** Wakes the device; resolves with the port that it says its tunnel has. */
  async take(bus: Bus): Promise<number> {
    const answers = this.#answers;
    const heard = (payload: string) => answers.put(parseState(payload));
    // The broker reads them in this order; waiting for its word in between would only cost a round trip.
    const granted = bus.subscribe(stateTopic(this.device), heard);
    try {
      return await this.#soon(Promise.all([granted, this.#wake(bus, answers)]).then(([, port]) => port));
    } finally {
      bus.unsubscribe(stateTopic(this.device), heard);
    }
  }

  async #wake(bus: Bus, answers: Answers): Promise<number> {
    const deadline = this.#stopwatch.now() + ANSWER_WITHIN;
    let port = await this.#try(bus, answers, deadline);
    if (port === undefined && answers.onlyPlain) {
      this.#form = "plain";
      port = await this.#try(bus, answers, deadline);
    }
    // Somebody else's lease holds the tunnel open, and there is no room for ours: it is open all the same.
    port ??= answers.otherPort;
    if (port !== undefined) return port;
    const why = answers.any
      ? "it says that its tunnel is down"
      : `nothing heard within ${ANSWER_WITHIN / 1000} s`;
    throw unavailable(`device ${formatId(this.device)}`, new Error(why));
  }

  /** A broker that is away takes nothing, and refuses nothing. */
  async #soon<T>(work: Promise<T>): Promise<T> {
    let callOff = () => {};
    const late = new Promise<never>((_, reject) => {
      const why = new Error(`nothing heard within ${ANSWER_WITHIN / 1000} s`);
      callOff = this.#stopwatch.after(ANSWER_WITHIN + 500, () => reject(unavailable("broker", why)));
    });
    return Promise.race([work, late]).finally(() => callOff());
  }

  /** Has `take` fail, if it still waits. */
  giveUp(): void {
    this.#over = true;
    this.#answers.end();
  }

  /** A plain lease needs none. */
  async renew(bus: Bus): Promise<void> {
    if (this.#form === "lease" && !this.#over) await this.#say(bus, "connect");
  }

  /** May come before an answer did: the device may have been late only for us. */
  async end(bus: Bus): Promise<void> {
    this.giveUp();
    await this.#say(bus, "disconnect");
  }

  /** Says it up to three times, then waits; undefined if the answer does not come, or is of another form. */
  async #try(bus: Bus, answers: Answers, deadline: number): Promise<number | undefined> {
    for (let tries = 1; tries <= TRIES && !this.#over; tries += 1) {
      await this.#say(bus, "connect");
      const said = this.#stopwatch.now();
      for (;;) {
        // The last try waits for the device to open its tunnel, unless it is plain that it does not understand us.
        const goesOn = tries === TRIES && !(this.#form === "lease" && answers.onlyPlain);
        const state = await answers.next(goesOn ? deadline : Math.min(deadline, said + TRY_EVERY));
        if (state === undefined) break;
        if (state.word === "connected" && this.#isOurs(state)) return state.port;
      }
    }
    return undefined;
  }

  #isOurs(state: Extract<TunnelState, { word: "connected" }>): boolean {
    if (this.#form === "plain") return true;
    return state.form === "lease" && state.leases.includes(leaseHash(this.#lease));
  }

  #say(bus: Bus, word: "connect" | "disconnect"): Promise<void> {
    const { topic, form } = { topic: controlTopic(this.device), form: this.#form };
    if (form === "plain") return bus.publish(topic, printControl({ word, form }));
    this.#seq += 1;
    const about = { form, lease: this.#lease, seq: this.#seq };
    const message = word === "connect" ? { ...about, word, ttl: TTL } : { ...about, word };
    return bus.publish(topic, printControl(message));
  }
}

/** What a device said, in order, and a way to wait for more of it. */
class Answers {
  readonly #stopwatch: Stopwatch;
  readonly #queue: TunnelState[] = [];
  #arrived: () => void = () => {};
  #plain = false;
  #lease = false;
  #otherPort: number | undefined;
  #ended = false;

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch;
  }

  put(state: TunnelState): void {
    if (state.word === "other") return;
    if (state.word === "connected" && state.form === "lease") {
      this.#lease = true;
      this.#otherPort = state.port;
    } else this.#plain = true;
    this.#queue.push(state);
    this.#arrived();
  }

  /** Whoever waits, waits no longer. */
  end(): void {
    this.#ended = true;
    this.#arrived();
  }

  get any(): boolean {
    return this.#plain || this.#lease;
  }

  /** It answers, and never in the form of leases. */
  get onlyPlain(): boolean {
    return this.#plain && !this.#lease;
  }

  /** The port of a tunnel that others hold. */
  get otherPort(): number | undefined {
    return this.#otherPort;
  }

  /** Undefined if nothing comes until then. */
  async next(until: number): Promise<TunnelState | undefined> {
    if (this.#queue.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        const callOff = this.#stopwatch.after(until - this.#stopwatch.now(), resolve);
        this.#arrived = () => {
          callOff();
          resolve();
        };
      });
    }
    return this.#queue.shift();
  }
}
