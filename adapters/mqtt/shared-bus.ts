import { unavailable } from "../../core/failure.ts";
import type { Bus, BusLender } from "../../core/ports/bus.ts";
import { takeTurn } from "../files/turn.ts";

/** What follows a wake-up soon, such as its end, finds the connection still there; another process waits no longer. */
const KEPT_MS = 1_500;
const TURN_WITHIN_MS = 15_000;

/**
 * One connection at a time with this computer's client id: of two, the broker would end the older one, which would
 * come back and end the newer one. Within this process all share it; between processes a lock passes it on.
 */
export class SharedBus implements BusLender {
  readonly #open: () => Promise<Bus>;
  readonly #lockFile: string;
  #line: Promise<{ bus: Bus; endTurn: () => Promise<void> }> | undefined;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<Bus>, lockFile: string) {
    this.#open = open;
    this.#lockFile = lockFile;
  }

  async lend<T>(work: (bus: Bus) => Promise<T>): Promise<T> {
    this.#users += 1;
    clearTimeout(this.#timer);
    try {
      this.#line ??= this.#connect();
      return await work((await this.#line).bus);
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#timer = setTimeout(() => void this.close(), KEPT_MS);
    }
  }

  /** May be repeated; a later `lend` opens another. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const line = this.#line;
    this.#line = undefined;
    const held = await line?.catch(() => undefined);
    await held?.bus.close();
    await held?.endTurn();
  }

  async #connect() {
    const endTurn = await takeTurn(this.#lockFile, TURN_WITHIN_MS).catch((cause: unknown) => {
      throw unavailable("broker", cause, "another warren of this computer holds the connection; end it");
    });
    try {
      return { bus: await this.#open(), endTurn };
    } catch (error) {
      this.#line = undefined;
      await endTurn();
      throw error;
    }
  }
}
