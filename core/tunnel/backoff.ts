const FIRST = 1_000;
/** Whatever was down, a device is back within a minute of its return: so long, and the attempt under way before that. */
export const LONGEST = 30_000;
/** For one that was turned away: its key is revoked, or a copy of it holds its port. Each login costs the proxy. */
const LONGEST_REFUSED = 120_000;

/**
 * Milliseconds until the next attempt: full jitter, so that a proxy coming back is not met by all its devices at
 * once. `failures` counts from 1 and starts anew after a success; `roll` is a random number in [0, 1).
 */
export function backoff(failures: number, roll: number, refused = false): number {
  const longest = refused ? LONGEST_REFUSED : LONGEST;
  const ceiling = Math.min(longest, FIRST * 2 ** Math.min(failures, 20));
  return Math.max(250, Math.round(ceiling * roll));
}
