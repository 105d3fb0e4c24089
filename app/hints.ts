import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { Failure } from "../core/failure.ts";

/** An issue that something happened to. What happened is read anew. */
export interface Hint {
  /** `owner/name` */
  readonly repository: string;
  readonly issue: number;
}

export interface HintOptions {
  readonly work: (hint: Hint) => Promise<void>;
  readonly failed: (hint: Hint, error: unknown) => void;
  /** Issues worked on at once. */
  readonly atOnce?: number;
  /** Issues that may wait; more are dropped, and left to the sweep. */
  readonly most?: number;
  /** Before the first of three retries; each next one waits five times as long. */
  readonly retryMs?: number;
}

/**
 * The bounded queue between webhooks and work. One issue is never worked on twice at once; a hint that finds its
 * issue waiting already adds nothing, for the work reads everything anew.
 */
export class Hints {
  readonly #options: Required<HintOptions>;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #waiting = new Map<string, Promise<boolean>>();
  readonly #last = new Map<string, Promise<boolean>>();
  readonly #stop = new AbortController();

  constructor(options: HintOptions) {
    this.#options = { atOnce: 4, most: 10_000, retryMs: 1000, ...options };
    this.#limit = pLimit(this.#options.atOnce);
  }

  /** Resolves to whether the issue was worked on since; false: left to the sweep. */
  push(hint: Hint): Promise<boolean> {
    const key = `${hint.repository}#${hint.issue}`;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    if (this.#stop.signal.aborted || this.#waiting.size >= this.#options.most) return Promise.resolve(false);

    const before = this.#last.get(key) ?? Promise.resolve(true);
    const turn = before.then(() => this.#limit(() => this.#begin(key, hint)));
    this.#waiting.set(key, turn);
    this.#last.set(key, turn);
    void turn.then(() => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    });
    return turn;
  }

  /** Begins nothing more, and waits for what has begun. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#last.values());
  }

  async #begin(key: string, hint: Hint): Promise<boolean> {
    this.#waiting.delete(key);
    if (this.#stop.signal.aborted) return false;
    const { work, failed, retryMs } = this.#options;
    for (let waitMs = retryMs; ; waitMs *= 5) {
      try {
        await work(hint);
        return true;
      } catch (error) {
        const again = error instanceof Failure && error.code === "unavailable" && waitMs <= retryMs * 25;
        if (!again || !(await this.#slept(waitMs))) {
          failed(hint, error);
          return false;
        }
      }
    }
  }

  /** False if the time was cut short by `stop`. */
  #slept(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.#stop.signal }).catch(() => false);
  }
}
