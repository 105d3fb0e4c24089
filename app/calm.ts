import { setTimeout as sleep } from "node:timers/promises";

const TICK_MS = 5;
const MOST_TICKS = 100;

/** Resolves once the process keeps up with what it has to do, or after a while: nobody is to wait for ever. */
export async function calm(): Promise<void> {
  for (let ticks = 0; ticks < MOST_TICKS; ticks++) {
    const began = performance.now();
    await sleep(TICK_MS);
    if (performance.now() - began < 4 * TICK_MS) return;
  }
}
