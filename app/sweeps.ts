import type { Logger } from "pino";
import type { Instant } from "../core/time.ts";
import { Pause } from "./pause.ts";
import type { Work } from "./work.ts";

export interface SweepOptions {
  readonly work: Work;
  readonly log: Logger;
  readonly seconds: number;
  /** After a sweep that failed; the usual time could be long. */
  readonly retrySeconds?: number;
  /** All issues are read again so often: the webhook that told of a new realm.yaml may have been lost. */
  readonly wholeSeconds?: number;
  /** Nothing begins while GitHub wants to be left alone. */
  readonly pause?: Pause;
  /** Told of each issue that was worked on, and of each repository that was read to its end, or not. */
  readonly saw?: (outcome: string) => void;
  readonly swept?: (outcome: "clean" | "issues failed" | "failed") => void;
  /** Runs after each round. */
  readonly afterwards?: () => Promise<void>;
}

const nothing = () => undefined;

/** Sweeps one after another: at the start, on a timer, and when something says that a webhook may not have told all. */
export class Sweeps {
  readonly #options: Required<SweepOptions>;
  readonly #cursors = new Map<string, Instant | undefined>();
  #running: Promise<void> | undefined;
  #wanted = false;
  #wholeAt = performance.now();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SweepOptions) {
    this.#options = {
      retrySeconds: 15,
      wholeSeconds: 3600,
      pause: new Pause(),
      saw: nothing,
      swept: nothing,
      afterwards: async () => undefined,
      ...options,
    };
  }

  /** Runs soon: now, or after the one that runs. `whole`: every issue again, for the rules may have changed. */
  request({ whole }: { whole: boolean }): void {
    if (whole) this.#cursors.clear();
    this.#wanted = true;
    if (this.#stop.signal.aborted || this.#running !== undefined) return;
    clearTimeout(this.#timer);
    this.#running = this.#run().then((clean) => {
      this.#running = undefined;
      const { seconds, retrySeconds } = this.#options;
      if (this.#wanted) this.request({ whole: false });
      else if (!this.#stop.signal.aborted) this.#runIn(clean ? seconds : Math.min(seconds, retrySeconds));
    });
  }

  /** Waits for the sweep that runs. */
  async stop(): Promise<void> {
    this.#stop.abort();
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
    const { work, log, wholeSeconds, pause, afterwards } = this.#options;
    if (performance.now() - this.#wholeAt >= wholeSeconds * 1000) this.#cursors.clear();
    if (this.#cursors.size === 0) this.#wholeAt = performance.now();
    let clean = true;
    try {
      await pause.over(this.#stop.signal);
      for (const repository of await work.repositories()) {
        if (this.#stop.signal.aborted) return clean;
        clean = (await this.#sweep(repository)) && clean;
      }
    } catch (error) {
      log.error({ err: error }, "sweep failed");
      clean = false;
    }
    try {
      if (!this.#stop.signal.aborted) await afterwards();
    } catch (error) {
      log.error({ err: error }, "missed deliveries can't be read");
    }
    return clean;
  }

  async #sweep(repository: string): Promise<boolean> {
    const { work, log } = this.#options;
    const since = this.#cursors.get(repository);
    try {
      const { swept, changes, certificates, oddities } = await work.sweep(
        repository,
        since,
        (issue, { kind }) => {
          this.#options.saw(kind);
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
      this.#options.swept(failed.length === 0 ? "clean" : "issues failed");
      return failed.length === 0;
    } catch (error) {
      this.#options.swept("failed");
      log.error({ repository, err: error }, "sweep failed");
      return false;
    }
  }
}
