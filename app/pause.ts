import { setTimeout as sleep } from "node:timers/promises";

/** GitHub names seconds or minutes; an hour would be its primary limit, which holds one installation alone. */
const LONGEST_SECONDS = 900;

/** A time in which nothing is asked of GitHub, because it said so: whoever goes on then is shut out for longer. */
export class Pause {
  #until = 0;

  hold(seconds: number): void {
    const until = performance.now() + Math.min(seconds, LONGEST_SECONDS) * 1000;
    this.#until = Math.max(this.#until, until);
  }

  get secondsLeft(): number {
    return Math.max(0, (this.#until - performance.now()) / 1000);
  }

  /** Resolves when it is over, or cut short by the signal. */
  async over(signal: AbortSignal): Promise<void> {
    while (this.secondsLeft > 0 && !signal.aborted) {
      await sleep(Math.ceil(this.secondsLeft * 1000), undefined, { signal }).catch(() => undefined);
    }
  }
}
