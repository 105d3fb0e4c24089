import { causeOf, Failure } from "../core/failure.ts";
import { backoff } from "../core/tunnel/backoff.ts";

/** Forwards that work. */
export interface OpenForwards {
  /** Resolves with the reason when they have ended, whoever ended them. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface KeepPorts {
  /** Reaches the device and opens its forwards; all that it began is undone where that fails, or `signal` is aborted. */
  open(signal: AbortSignal): Promise<OpenForwards>;
  /** Milliseconds; over at once when `signal` is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
  tell(state: ForwardState): void;
}

/** What becomes of them, as it happens. */
export type ForwardState =
  | { readonly kind: "opening" }
  | { readonly kind: "up" }
  /** `why` they broke, or could not be opened again. */
  | { readonly kind: "down"; readonly why: string };

/** Forwards that come back by themselves when they break, until `stop`. */
export class KeptForwards {
  readonly #ports: KeepPorts;
  readonly #stopping = new AbortController();
  #open: OpenForwards | undefined;
  #over: Promise<void> | undefined;

  constructor(ports: KeepPorts) {
    this.#ports = ports;
  }

  /** Resolves after `stop`; rejects if they don't open the first time, or if an answer was a clear no. */
  run(): Promise<void> {
    this.#over ??= this.#keep();
    return this.#over;
  }

  /** May be repeated, and at any time; resolves when all is undone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#open?.close();
    await this.#over?.catch(() => undefined);
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    let everUp = false;
    for (let failures = 0; !signal.aborted; ) {
      this.#ports.tell({ kind: "opening" });
      try {
        const why = await this.#once(() => {
          everUp = true;
          failures = 0;
          this.#ports.tell({ kind: "up" });
        });
        if (signal.aborted) return;
        this.#ports.tell({ kind: "down", why });
      } catch (error) {
        if (signal.aborted) return;
        if (!everUp || !(error instanceof Failure) || error.code !== "unavailable") throw error;
        this.#ports.tell({ kind: "down", why: causeOf(error) });
      }
      failures += 1;
      await this.#ports.pause(backoff(failures, this.#ports.random()), signal);
    }
  }

  /** From opening to the end of what was opened. */
  async #once(up: () => void): Promise<string> {
    const open = await this.#ports.open(this.#stopping.signal);
    this.#open = open;
    try {
      // Stopped while it opened: nobody else closes it.
      if (this.#stopping.signal.aborted) return "stopped";
      up();
      return await open.ended;
    } finally {
      this.#open = undefined;
      await open.close();
    }
  }
}
