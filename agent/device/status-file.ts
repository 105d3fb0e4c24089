import { rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { type AgentStatus, printStatus } from "../../core/computer/agent-status.ts";
import { causeOf } from "../../core/failure.ts";
import type { Instant } from "../../core/time.ts";
import type { Standing } from "../../core/tunnel/standing.ts";

export const STATUS_FILE = "status.json";

/** The running agent's own account of itself. Each text takes the other's place in one rename, the newest last. */
export class StatusFile {
  readonly #path: string;
  readonly #now: () => Instant;
  readonly #log: (message: string) => void;
  #status: AgentStatus;
  #writing: Promise<void> | undefined;
  #stale = false;
  #closed = false;

  constructor(
    path: string,
    who: Pick<AgentStatus, "id" | "pid" | "ticks">,
    withBroker: boolean,
    now: () => Instant,
    log: (message: string) => void,
  ) {
    const since = now();
    const standing: Standing = { broker: withBroker ? "offline" : "none", tunnel: "down", leases: 0 };
    this.#path = path;
    this.#now = now;
    this.#log = log;
    this.#status = { format: 1, ...who, since, standing, brokerSince: since, tunnelSince: since };
  }

  stands(standing: Standing): void {
    const { standing: before, brokerSince, tunnelSince } = this.#status;
    const now = this.#now();
    this.#replace({
      standing,
      brokerSince: standing.broker === before.broker ? brokerSince : now,
      tunnelSince: standing.tunnel === before.tunnel ? tunnelSince : now,
    });
  }

  uses(sequence: number): void {
    if (sequence !== this.#status.sequence) this.#replace({ sequence });
  }

  trouble(says: string): void {
    this.#replace({ trouble: { at: this.#now(), says } });
  }

  /** It stopped cleanly: nothing is left to tell. */
  async remove(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await rm(this.#path, { force: true });
  }

  #replace(change: Partial<AgentStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#stale = true;
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // One after the other, and what came meanwhile at once.
    while (this.#stale && !this.#closed) {
      this.#stale = false;
      // Not synced to disk: after a power cut no agent runs, and many devices live on an SD card.
      await writeFileAtomic(this.#path, printStatus(this.#status), { mode: 0o600, fsync: false }).catch(
        (error: unknown) => this.#log(`status was not written: ${causeOf(error)}`),
      );
    }
    this.#writing = undefined;
  }
}
