import type { Logger } from "pino";

/** As the App's own list has it; see adapters/github/deliveries.ts. */
export interface DeliveryLog {
  /** The newest first. */
  newest(): AsyncIterable<{
    readonly id: string;
    readonly guid: string;
    readonly event: string;
    readonly at: Date;
    readonly taken: boolean;
  }>;
  redeliver(id: string): Promise<void>;
}

export interface MissedOptions {
  readonly log: Logger;
  readonly deliveryLog: () => Promise<DeliveryLog>;
  readonly counted?: (outcome: "asked again" | "given up") => void;
  readonly now?: () => Date;
}

/** GitHub takes orders for three days; what is older than one, the sweeps have long made good. */
const LONGEST_MS = 24 * 3600 * 1000;
/** Thirty requests, at a start after a bad day. */
const MOST_READ = 3000;
const MOST_ASKED = 500;
const MOST_TRIES = 3;
const MOST_REMEMBERED = 10_000;
const OURS = new Set(["issues", "issue_comment", "push", "pull_request"]);

/**
 * Asks GitHub for what it could not hand over, for GitHub never tries again by itself. A sweep finds what issues were
 * missed; only a redelivery brings back a pull request, or a push that should start a sync.
 */
export class MissedDeliveries {
  readonly #options: MissedOptions;
  #lastSeen: string | undefined;
  /** By GUID, the attempts that failed; one that failed too often is left alone. */
  readonly #failed = new Map<string, Set<string>>();

  constructor(options: MissedOptions) {
    this.#options = options;
  }

  async ask(): Promise<void> {
    const { log, deliveryLog, counted = () => undefined } = this.#options;
    const deliveries = await deliveryLog();
    const { newest, missed } = await this.#missed(deliveries);
    for (const { id, guid, event } of missed.slice(0, MOST_ASKED)) {
      if (this.#triesOf(guid) >= MOST_TRIES) {
        log.warn({ delivery: guid, event }, "missed delivery given up");
        counted("given up");
        continue;
      }
      await deliveries.redeliver(id);
      log.info({ delivery: guid, event }, "missed delivery asked for again");
      counted("asked again");
    }
    const left = missed.length - MOST_ASKED;
    if (left > 0) log.warn({ left }, "missed deliveries left to the sweep");
    // Only now: what could not be asked for is asked for the next time.
    this.#lastSeen = newest ?? this.#lastSeen;
  }

  /** What failed since the last time and was not taken later, the oldest first. */
  async #missed(deliveries: DeliveryLog) {
    const { now = () => new Date() } = this.#options;
    const since = now().getTime() - LONGEST_MS;
    const taken = new Set<string>();
    const missed = new Map<string, { readonly id: string; readonly guid: string; readonly event: string }>();
    let newest: string | undefined;
    let read = 0;
    for await (const { id, guid, event, at, taken: ok } of deliveries.newest()) {
      if (id === this.#lastSeen || at.getTime() < since || ++read > MOST_READ) break;
      newest ??= id;
      if (ok) taken.add(guid);
      else if (OURS.has(event)) {
        this.#note(guid, id);
        if (!missed.has(guid)) missed.set(guid, { id, guid, event });
      }
    }
    for (const guid of taken) {
      missed.delete(guid);
      this.#failed.delete(guid);
    }
    return { newest, missed: [...missed.values()].reverse() };
  }

  #note(guid: string, attempt: string): void {
    this.#failed.set(guid, (this.#failed.get(guid) ?? new Set()).add(attempt));
    const [oldest] = this.#failed.keys();
    if (this.#failed.size > MOST_REMEMBERED && oldest !== undefined) this.#failed.delete(oldest);
  }

  #triesOf(guid: string): number {
    return this.#failed.get(guid)?.size ?? 0;
  }
}
