import type { Bus, BusLender } from "../../core/ports/bus.ts";

/** One connection, opened for whoever asks first and lent to all; one that could not be opened is tried again. */
export class SharedBus implements BusLender {
  readonly #open: () => Promise<Bus>;
  #bus: Promise<Bus> | undefined;

  constructor(open: () => Promise<Bus>) {
    this.#open = open;
  }

  async lend<T>(work: (bus: Bus) => Promise<T>): Promise<T> {
    this.#bus ??= this.#open().catch((error: unknown) => {
      this.#bus = undefined;
      throw error;
    });
    return work(await this.#bus);
  }

  /** May be repeated; a later `lend` opens another. */
  async close(): Promise<void> {
    const bus = this.#bus;
    this.#bus = undefined;
    await (await bus?.catch(() => undefined))?.close();
  }
}
