import { setTimeout as pause } from "node:timers/promises";

/**
 * Milliseconds between two calls of a kind: 10 a second, the least that AWS IoT takes by default of any kind that we call
 * ("AWS IoT Core endpoints and quotas"). Whoever keeps to it is throttled only beside others.
 */
const SPACING = 100;

/** Lines calls of each kind up, so that no burst of ours is throttled; the first of a kind never waits. */
export class Pace {
  readonly #next = new Map<string, number>();

  async turn(kind: string): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next.get(kind) ?? 0);
    this.#next.set(kind, at + SPACING);
    if (at > now) await pause(at - now);
  }
}
