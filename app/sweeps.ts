import type { Logger } from "pino";
import type { Instant } from "../core/time.ts";
import type { Work } from "./work.ts";

export interface SweepOptions {
  readonly work: Work;
  readonly log: Logger;
  readonly seconds: number;
  /** After a sweep that failed; the usual time could be long. */
  readonly retrySeconds?: number;
}

/** Sweeps one after another: at the start, on a timer, and when something says that a webhook may not have told all. */
export class Sweeps {
  readonly #options: Required<SweepOptions>;
  readonly #cursors = new Map<string, Instant | undefined>();
  #running: Promise<void> | undefined;
  #wanted = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SweepOptions) {
    this.#options = { retrySeconds: 15, ...options };
  }

  /** Runs soon: now, or after the one that runs. `whole`: every issue again, for the rules may have changed. */
  request({ whole }: { whole: boolean }): void {
    if (whole) this.#cursors.clear();
    this.#wanted = true;
    if (this.#stopped || this.#running !== undefined) return;
    clearTimeout(this.#timer);
    this.#running = this.#run().then((clean) => {
      this.#running = undefined;
      const { seconds, retrySeconds } = this.#options;
      if (this.#wanted) this.request({ whole: false });
      else if (!this.#stopped) this.#runIn(clean ? seconds : Math.min(seconds, retrySeconds));
    });
  }

  /** Waits for the sweep that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wanted = false;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #runIn(seconds: number): void {
    this.#timer = setTimeout(() => this.request({ whole: false }), seconds * 1000);
  }

  /** Resolves to whether all went well. */
  async #run(): Promise<boolean> {
    this.#wanted = false;
    const { work, log } = this.#options;
    try {
      let clean = true;
      for (const repository of await work.repositories()) {
        if (this.#stopped) return clean;
        clean = (await this.#sweep(repository)) && clean;
      }
      return clean;
    } catch (error) {
      log.error({ err: error }, "sweep failed");
      return false;
    }
  }

  async #sweep(repository: string): Promise<boolean> {
    const { work, log } = this.#options;
    const since = this.#cursors.get(repository);
    try {
      const { swept, changes, certificates, oddities } = await work.sweep(
        repository,
        since,
        (issue, { kind }) => {
          if (kind !== "ignored") log.info({ repository, issue, kind }, "swept");
        },
      );
      for (const { issue, error } of swept.failed)
        log.error({ repository, issue, err: error }, "issue failed");
      for (const { why } of changes) log.info({ repository, why }, "registry repaired");
      for (const step of certificates) log.info({ repository, ...step }, "certificate repaired");
      for (const { says } of oddities) log.warn({ repository, says }, "registry needs an admin");
      // A whole sweep that was asked for meanwhile must not be forgotten.
      if (!this.#wanted || since !== undefined) this.#cursors.set(repository, swept.cursor);
      const { admitted, settled, failed } = swept;
      log.info({ repository, admitted, settled, failed: failed.length }, "sweep done");
      return swept.failed.length === 0;
    } catch (error) {
      log.error({ repository, err: error }, "sweep failed");
      return false;
    }
  }
}
