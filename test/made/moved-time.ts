import type { Stopwatch } from "../../flows/tunnel-driver.ts";

/** Time that moves by itself to whatever is waited for next, once nothing else is left to do. */
export class MovedTime implements Stopwatch {
  #now = 0;
  readonly #timers = new Map<object, { readonly at: number; readonly act: () => void }>();

  now = (): number => this.#now;

  after = (milliseconds: number, act: () => void): (() => void) => {
    const timer = {};
    this.#timers.set(timer, { at: this.#now + Math.max(0, milliseconds), act });
    return () => void this.#timers.delete(timer);
  };

  pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });

  /** Lets time pass until `work` is done. */
  async during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    ended.catch(() => {});
    while (!done) {
      await settled();
      if (!done) this.#step(Number.POSITIVE_INFINITY);
    }
    return ended;
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    do await settled();
    while (this.#step(until));
    this.#now = until;
    await settled();
  }

  #step(until: number): boolean {
    const [next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at);
    if (next === undefined || next[1].at > until) return false;
    this.#timers.delete(next[0]);
    this.#now = Math.max(this.#now, next[1].at);
    next[1].act();
    return true;
  }
}

/** Everything that needs no time has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
