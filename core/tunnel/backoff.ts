const FIRST = 1_000;
const LONGEST = 120_000;

/**
 * Milliseconds until the next attempt: full jitter, so that a proxy coming back is not met by all its devices at
 * once. `failures` counts from 1 and starts anew after a success; `roll` is a random number in [0, 1).
 */
export function backoff(failures: number, roll: number): number {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 20));
  return Math.max(250, Math.round(ceiling * roll));
}
