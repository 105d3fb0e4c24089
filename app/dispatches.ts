import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../core/failure.ts";

export interface DispatchOptions {
  /** Tells GitHub, once. */
  readonly send: (repository: string) => Promise<void>;
  readonly sent: (repository: string, error?: unknown) => void;
  /** Between two of one repository: each starts a run of a workflow, which syncs everything. */
  readonly everyMs?: number;
}

const MOST_TRIES = 4;

/** Says that a registry or realm.yaml moved: at once, then at most so often, and never too few times. */
export class Dispatches {
  readonly #options: Required<DispatchOptions>;
  readonly #wanted = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: DispatchOptions) {
    this.#options = { everyMs: 10_000, ...options };
  }

  request(repository: string): void {
    this.#wanted.add(repository);
    if (this.#running.has(repository)) return;
    const running = this.#run(repository).then(() => {
      this.#running.delete(repository);
      // Asked for while the last turn ended.
      if (this.#wanted.has(repository) && !this.#stop.signal.aborted) this.request(repository);
    });
    this.#running.set(repository, running);
  }

  /** Sends what is still to be said, without waiting for its turn. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  async #run(repository: string): Promise<void> {
    const { send, sent, everyMs } = this.#options;
    for (let tries = 1; this.#wanted.delete(repository); ) {
      try {
        await send(repository);
        sent(repository);
        tries = 1;
      } catch (error) {
        sent(repository, error);
        const again = error instanceof Failure && error.code === "unavailable" && tries < MOST_TRIES;
        if (again && !this.#stop.signal.aborted) this.#wanted.add(repository);
        tries = again ? tries + 1 : 1;
      }
      await sleep(everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }
}
