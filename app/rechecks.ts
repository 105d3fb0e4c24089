import type { Logger } from "pino";
import { Dispatches } from "./dispatches.ts";
import type { Hints } from "./hints.ts";
import type { Work } from "./work.ts";

export interface RecheckOptions {
  readonly work: Work;
  readonly hints: Pick<Hints, "push">;
  readonly log: Logger;
  readonly everyMs?: number;
}

/** A registry moves with every grant, and each check takes some requests. */
const EVERY_MS = 60_000;

/** Checks pull requests again that no webhook tells of: when realm.yaml or the registry moved, at the start, after a failure. */
export class Rechecks {
  readonly #options: RecheckOptions;
  readonly #turns: Dispatches;
  /** Repositories where a check failed or was postponed: a sweep's end tries them once more. */
  readonly #later = new Set<string>();
  #started = false;

  constructor(options: RecheckOptions) {
    this.#options = options;
    const { log, everyMs = EVERY_MS } = options;
    this.#turns = new Dispatches({
      send: (repository) => this.#push(repository),
      sent: (repository, error) => {
        if (error !== undefined) log.error({ repository, err: error }, "pull requests can't be listed");
      },
      everyMs,
    });
  }

  request(repository: string): void {
    if (this.#options.work.pullRequests !== undefined) this.#turns.request(repository);
  }

  later(repository: string): void {
    this.#later.add(repository);
  }

  /** After each round of sweeps. */
  async afterSweeps(): Promise<void> {
    const { work } = this.#options;
    if (!this.#started && work.pullRequests !== undefined) {
      for (const repository of await work.repositories()) this.#later.add(repository);
      this.#started = true;
    }
    for (const repository of this.#later) this.request(repository);
    this.#later.clear();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #push(repository: string): Promise<void> {
    const { work, hints } = this.#options;
    for (const number of (await work.pullRequests?.(repository)) ?? [])
      void hints.push({ what: "pull", repository, number });
  }
}
