import { setTimeout as pause } from "node:timers/promises";

/**
 * Milliseconds between two calls of a kind: 10 a second, the least that AWS IoT takes by default of any kind that we call
 * ("AWS IoT Core endpoints and quotas"). Whoever keeps to it is throttled only beside others.
 */
const SPACING = 100;
/** Calls that may follow one another at once after a rest: else each hitch of ours would be lost for good. */
const BURST = 5;

/** Lines calls of each kind up, so that none of ours is throttled for coming too soon. After a rest the first do not wait. */
export class Pace {
  /** When the next call of a kind is due, if calls came as evenly as can be. */
  readonly #due = new Map<string, number>();

  async turn(kind: string): Promise<void> {
    const now = performance.now();
    const due = Math.max(now, this.#due.get(kind) ?? 0);
    this.#due.set(kind, due + SPACING);
    const wait = due - (BURST - 1) * SPACING - now;
    if (wait > 0) await pause(wait);
  }
}
