import type { Failure } from "../failure.ts";
import type { ComputerId } from "../names.ts";

/** How waking one device went: the port that it named, or why it did not. */
export type Woken =
  | { readonly ok: true; readonly port: number }
  | { readonly ok: false; readonly failure: Failure };

export type TellWoken = (id: ComputerId, how: Woken) => void;

/** The leases of one command, on all devices that it works with. */
export interface LeaseHolder {
  /** Wakes all of them together, and goes on renewing their leases; `tell` hears of each as soon as it is known. */
  take(devices: readonly ComputerId[], tell: TellWoken): void;
  /** Nobody waits for their answers any more: those that have not given one make room for the others. */
  giveUp(devices: readonly ComputerId[]): void;
  /** Leaves the devices awake for as long as their leases last, about a minute. */
  leave(): void;
  /** May be repeated. What can't be told any more ends by itself. */
  end(): Promise<void>;
}
