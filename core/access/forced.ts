import type { Instant } from "../time.ts";

/** One bundle that root put in force whatever the guard and its sequence said. */
export interface Forced {
  readonly at: Instant;
  readonly generation: string;
  readonly reason: string;
  /** The account that became root, where sudo says. */
  readonly by: string;
}
