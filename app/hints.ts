import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../core/failure.ts";
import { Pause } from "./pause.ts";
import { Turns } from "./turns.ts";

/** An issue or a pull request that something happened to. What happened is read anew. */
export interface Hint {
  readonly what: "issue" | "pull";
  /** `owner/name` */
  readonly repository: string;
  /** GitHub numbers issues and pull requests together. */
  readonly number: number;
  /**
   * The id that the title named: what one account does about one computer is worked on in order, whichever issue it came
   * by. Others have an order of their own, for anybody may write any id into a title.
   */
  readonly computer?: string;
  /** The account that did something: each has its turn, however much another does. */
  readonly by?: number | undefined;
}

export interface HintOptions {
  readonly work: (hint: Hint) => Promise<void>;
  readonly failed: (hint: Hint, error: unknown) => void;
  /** Issues worked on at once; of pull requests, which take long, and which anybody may open, it is one. */
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
 * The bounded queue between webhooks and work. One issue is never worked on twice at once, nor one computer for the same
 * account; a hint that finds its issue waiting already adds nothing, for the work reads everything anew.
 */
export class Hints {
  readonly #options: Required<HintOptions>;
  readonly #turns: Readonly<Record<Hint["what"], Turns>>;
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
    this.#turns = { issue: new Turns(this.#options.atOnce), pull: new Turns(1) };
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

    const lanes = hint.computer === undefined ? [key] : [key, `${whoOf(hint)} ${hint.computer}`];
    const before = Promise.all(lanes.map((lane) => this.#last.get(lane)));
    const turn = before.then(() => this.#work(key, hint));
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

  async #work(key: string, hint: Hint): Promise<boolean> {
    const { failed, retryMs } = this.#options;
    let begins = () => void this.#waiting.delete(key);
    for (let waitMs = retryMs; ; waitMs *= 5) {
      try {
        // Between two tries others have their turn.
        return await this.#turns[hint.what].take(whoOf(hint), () => this.#try(hint, begins));
      } catch (error) {
        begins = () => undefined;
        const again = error instanceof Failure && error.code === "unavailable" && waitMs <= retryMs * 25;
        if (!again || !(await this.#slept(waitMs))) {
          failed(hint, error);
          return false;
        }
      }
    }
  }

  async #try(hint: Hint, begins: () => void): Promise<boolean> {
    const { work, pause, calm } = this.#options;
    await pause.over(this.#stop.signal);
    await calm();
    begins();
    if (this.#stop.signal.aborted) return false;
    await work(hint);
    return true;
  }

  /** False if the time was cut short by `stop`. */
  async #slept(ms: number): Promise<boolean> {
    const { signal } = this.#stop;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    await this.#options.pause.over(signal);
    return !signal.aborted;
  }
}

const whoOf = ({ repository, by }: Hint): string => `${repository} ${by}`;
