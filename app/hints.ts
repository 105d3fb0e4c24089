import { setTimeout as sleep } from "node:timers/promises";
import pLimit from "p-limit";
import { Failure } from "../core/failure.ts";
import { Pause } from "./pause.ts";

/** An issue or a pull request that something happened to. What happened is read anew. */
export interface Hint {
  readonly what: "issue" | "pull";
  /** `owner/name` */
  readonly repository: string;
  /** GitHub numbers issues and pull requests together. */
  readonly number: number;
  /** The id that the title named: what concerns one computer is worked on in order, whichever issue it came by. */
  readonly computer?: string;
}

export interface HintOptions {
  readonly work: (hint: Hint) => Promise<void>;
  readonly failed: (hint: Hint, error: unknown) => void;
  /** Worked on at once. */
  readonly atOnce?: number;
  /** So many may wait; more are dropped, and left to the sweep. */
  readonly most?: number;
  /** Before the first of three retries; each next one waits five times as long. */
  readonly retryMs?: number;
  /** Nothing is tried while GitHub wants to be left alone. */
  readonly pause?: Pause;
  /** Waited for before each: webhooks are answered first. */
  readonly calm?: () => Promise<void>;
}

/**
 * The bounded queue between webhooks and work. One issue, or one computer, is never worked on twice at once; a hint
 * that finds its issue waiting already adds nothing, for the work reads everything anew.
 */
export class Hints {
  readonly #options: Required<HintOptions>;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #waiting = new Map<string, Promise<boolean>>();
  /** Of each issue and of each computer, who comes last. */
  readonly #last = new Map<string, Promise<boolean>>();
  readonly #stop = new AbortController();

  constructor(options: HintOptions) {
    this.#options = {
      atOnce: 4,
      most: 10_000,
      retryMs: 1000,
      pause: new Pause(),
      calm: async () => undefined,
      ...options,
    };
    this.#limit = pLimit(this.#options.atOnce);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves to whether it was worked on since; false: left to the sweep. */
  push(hint: Hint): Promise<boolean> {
    const key = `${hint.repository}#${hint.number}`;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting;
    if (this.#stop.signal.aborted || this.#waiting.size >= this.#options.most) return Promise.resolve(false);

    const lanes = hint.computer === undefined ? [key] : [key, `${hint.repository} ${hint.computer}`];
    const before = Promise.all(lanes.map((lane) => this.#last.get(lane)));
    const turn = before.then(() => this.#limit(() => this.#begin(key, hint)));
    this.#waiting.set(key, turn);
    for (const lane of lanes) this.#last.set(lane, turn);
    void turn.then(() => {
      for (const lane of lanes) if (this.#last.get(lane) === turn) this.#last.delete(lane);
    });
    return turn;
  }

  /** Begins nothing more, and waits for what has begun. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#last.values());
  }

  async #begin(key: string, hint: Hint): Promise<boolean> {
    const { work, failed, retryMs, pause } = this.#options;
    await pause.over(this.#stop.signal);
    await this.#options.calm();
    this.#waiting.delete(key);
    if (this.#stop.signal.aborted) return false;
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
  async #slept(ms: number): Promise<boolean> {
    const { signal } = this.#stop;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    await this.#options.pause.over(signal);
    return !signal.aborted;
  }
}
