/** GitHub keeps deliveries for three days; a busy realm has some thousands. */
const MOST_REMEMBERED = 10_000;

/** Webhook deliveries by GUID: a redelivery keeps its GUID, and is new only if the first try did not succeed. */
export class Deliveries {
  readonly #known = new Map<string, "under way" | "done">();

  /** Whether this delivery is to be worked on. */
  begin(guid: string): boolean {
    if (this.#known.has(guid)) return false;
    this.#known.set(guid, "under way");
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return true;
  }

  end(guid: string, outcome: "done" | "failed"): void {
    if (outcome === "done") this.#known.set(guid, "done");
    else this.#known.delete(guid);
  }
}
