import pLimit from "p-limit";
import { isFailed, type Outcome, type Tally } from "../core/exec/outcome.ts";
import { type Wave, wavesOf } from "../core/exec/waves.ts";
import { causeOf, Failure } from "../core/failure.ts";
import type { Reached } from "./visit.ts";

export interface ExecPlan {
  /** How many run at once. */
  readonly parallel: number;
  /** Left out: all belong to one wave. */
  readonly wave?: Wave;
  /** After as many failures no other is begun. Left out: waves stop after the first one, anything else never. */
  readonly stopAfter?: number;
}

export interface ExecPorts<T> {
  /** Wakes the devices of one wave together. Each is told of as soon as it has answered; `end` lets them sleep. */
  reach(targets: readonly T[]): { readonly each: readonly Promise<Reached>[]; end(): Promise<void> };
  /** Runs the command; `signal` ends it. */
  run(target: T, reached: Extract<Reached, { ok: true }>, signal: AbortSignal): Promise<Outcome>;
  /** As it happens; `tally` counts all targets. */
  tell(target: T, outcome: Outcome | "started", tally: Tally): void;
}

/** One command on many devices: wave by wave, as many at once as the plan says, until too many have failed. */
export class ExecRun<T> {
  readonly #plan: ExecPlan;
  readonly #ports: ExecPorts<T>;
  readonly #outcomes = new Map<T, Outcome>();
  readonly #interrupt = new AbortController();
  /** Aborted: no other is begun. */
  readonly #halt = new AbortController();
  #total = 0;
  #running = 0;

  constructor(plan: ExecPlan, ports: ExecPorts<T>) {
    this.#plan = plan;
    this.#ports = ports;
  }

  /** What became of each, in the order of the targets. */
  async on(targets: readonly T[]): Promise<ReadonlyMap<T, Outcome>> {
    this.#total = targets.length;
    const { wave, stopAfter = 1 } = this.#plan;
    try {
      for (const some of wavesOf(targets, wave)) {
        await this.#oneWave(some);
        if (wave !== undefined && this.#count(isFailed) >= stopAfter) this.#halt.abort();
      }
    } catch (error) {
      this.interrupt();
      throw error;
    }
    return new Map(targets.map((target) => [target, this.#outcomes.get(target) ?? { kind: "not-tried" }]));
  }

  /** Ends what runs and begins nothing any more; `on` then resolves soon. */
  interrupt(): void {
    this.#interrupt.abort();
    this.#halt.abort();
  }

  async #oneWave(targets: readonly T[]): Promise<void> {
    if (this.#halt.signal.aborted) {
      for (const target of targets) this.#settle(target, { kind: "not-tried" });
      return;
    }
    const limit = pLimit(this.#plan.parallel);
    const halted = new Promise<undefined>((resolve) => {
      this.#halt.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    const { each, end } = this.#ports.reach(targets);
    try {
      await Promise.all(
        targets.map(async (target, index) => {
          // Only who has answered takes a place among those that run.
          const reached = await Promise.race([orFailure(each[index]), halted]);
          if (reached === undefined) this.#settle(target, { kind: "not-tried" });
          else if (!reached.ok) this.#settle(target, { kind: "not-reached", failure: reached.failure });
          else await limit(() => this.#one(target, reached));
        }),
      );
    } finally {
      await end();
    }
  }

  async #one(target: T, reached: Extract<Reached, { ok: true }>): Promise<void> {
    if (this.#halt.signal.aborted) return this.#settle(target, { kind: "not-tried" });
    this.#running += 1;
    this.#ports.tell(target, "started", this.#tally());
    const outcome = await this.#ports.run(target, reached, this.#interrupt.signal);
    this.#running -= 1;
    this.#settle(target, this.#interrupt.signal.aborted ? { kind: "interrupted" } : outcome);
    const { stopAfter } = this.#plan;
    if (stopAfter !== undefined && this.#count(isFailed) >= stopAfter) this.#halt.abort();
  }

  #settle(target: T, outcome: Outcome): void {
    this.#outcomes.set(target, outcome);
    this.#ports.tell(target, outcome, this.#tally());
  }

  #tally(): Tally {
    return {
      total: this.#total,
      running: this.#running,
      well: this.#count((outcome) => outcome.kind === "done" && outcome.status === 0),
      failed: this.#count(isFailed),
      notReached: this.#count(({ kind }) => kind === "not-reached"),
    };
  }

  #count(is: (outcome: Outcome) => boolean): number {
    return [...this.#outcomes.values()].filter(is).length;
  }
}

type Ended = Pick<Extract<Reached, { ok: false }>, "ok" | "failure">;

/** The proxy's failure is each device's. */
const orFailure = async (reached: Promise<Reached> | undefined): Promise<Reached | Ended> => {
  try {
    return (await reached) ?? { ok: false, failure: new Failure("refused", "nobody was asked for it") };
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure("unavailable", causeOf(error));
    return { ok: false, failure };
  }
};
