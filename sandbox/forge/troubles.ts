import { Refusal } from "./refusal.ts";

/** From 0, never, to 1, always. */
export type Share = number;

export interface TroubleOptions {
  /** The same seed draws the same troubles, in the order in which they are asked for. */
  readonly seed: number;
  /** Late ones come 1 to `latestMs` milliseconds late, each on its own: with many late ones, in any order. */
  readonly deliveries?: {
    readonly lost?: Share;
    readonly doubled?: Share;
    readonly late?: Share;
    readonly latestMs?: number;
  };
  /** Reads answered by a replica that is up to `oldestMs` behind. */
  readonly stale?: { readonly share: Share; readonly oldestMs: number };
  readonly answers?: Readonly<Partial<Record<AnswerTrouble, Share>>>;
  /** What `limited` and `exhausted` ask clients to wait; a minute if left out. */
  readonly retryAfterSeconds?: number;
  /** Requests that are always answered well. */
  readonly spared?: (request: { readonly method: string; readonly path: string }) => boolean;
}

/**
 * What may become of an answer: `limited` is the secondary limit (403), `exhausted` 429, `failed` 500, `down` 502.
 * In `unheard` (502) and `cutOff` the request was carried out, and only its answer went astray.
 */
export type AnswerTrouble = "limited" | "exhausted" | "failed" | "down" | "unheard" | "cutOff";

/** How GitHub misbehaves on a bad day. A forge has none of it until it is given some: `forge.troubles = …`. */
export class Troubles {
  readonly #options: TroubleOptions;
  readonly #deliveries: () => number;
  readonly #answers: () => number;
  readonly #reads: () => number;

  constructor(options: TroubleOptions) {
    this.#options = options;
    // A series each: how many requests there were changes nothing for the deliveries.
    this.#deliveries = randomFrom(options.seed);
    this.#answers = randomFrom(options.seed + 1);
    this.#reads = randomFrom(options.seed + 2);
  }

  /** One copy for each number, so many milliseconds late. */
  delivery(): readonly number[] {
    const { lost = 0, doubled = 0, late = 0, latestMs = 1000 } = this.#options.deliveries ?? {};
    const draw = this.#deliveries;
    // Everything is drawn each time, so that one share changes nothing in what another draws.
    const [isLost, isDoubled] = [draw() < lost, draw() < doubled];
    const delays = [0, 1].map(() => {
      const [isLate, part] = [draw() < late, draw()];
      return isLate ? 1 + Math.floor(part * latestMs) : 0;
    });
    if (isLost) return [];
    return isDoubled ? delays : delays.slice(0, 1);
  }

  /** How far behind a replica may be; zero if there is none. */
  get oldestMs(): number {
    return this.#options.stale?.oldestMs ?? 0;
  }

  /** How far behind the next read is. */
  lagMs(): number {
    const { share, oldestMs } = this.#options.stale ?? { share: 0, oldestMs: 0 };
    const [isStale, part] = [this.#reads() < share, this.#reads()];
    return isStale ? 1 + Math.floor(part * oldestMs) : 0;
  }

  answer(request: { readonly method: string; readonly path: string }): AnswerTrouble | undefined {
    const { answers = {}, spared } = this.#options;
    if (spared?.(request) === true) return undefined;
    let left = this.#answers();
    for (const trouble of TROUBLES) {
      left -= answers[trouble] ?? 0;
      if (left < 0) return trouble;
    }
    return undefined;
  }

  /** The refusal before anything is done; undefined where the request is carried out. */
  refusal(trouble: AnswerTrouble): Refusal | undefined {
    const retryAfter = this.#options.retryAfterSeconds ?? 60;
    switch (trouble) {
      case "limited":
        return new Refusal(403, SECONDARY_LIMIT, { retryAfter });
      case "exhausted":
        return new Refusal(429, SECONDARY_LIMIT, { retryAfter });
      case "failed":
        return new Refusal(500, "Server Error");
      case "down":
        return new Refusal(502, "Server Error");
      case "unheard":
      case "cutOff":
        return undefined;
    }
  }
}

const TROUBLES: readonly AnswerTrouble[] = ["limited", "exhausted", "failed", "down", "unheard", "cutOff"];

const SECONDARY_LIMIT =
  "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

/** Mulberry32: numbers of 0 to 1, the same ones from the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
