import { setTimeout as pause } from "node:timers/promises";
import { type Answer, heardFailure } from "../../core/computer/keeper-words.ts";
import { failureOf } from "../../core/failure.ts";
import { type ComputerId, formatId } from "../../core/names.ts";
import type { LeaseHolder, TellWoken, Woken } from "../../core/ports/leases.ts";
import type { Visitor } from "./visitor.ts";

/** A keeper that died is started again so often; after that connections that live keep their tunnels up. */
const LIVES = 5;
const PAUSE = 200;

/** Leases that the keeper holds for this command: they end with it, however it ends. */
export class KeptLeases implements LeaseHolder {
  readonly #visit: () => Promise<Visitor>;
  readonly #devices = new Map<string, ComputerId>();
  readonly #waiting = new Map<string, TellWoken>();
  #visitor: Promise<Visitor | undefined> = Promise.resolve(undefined);
  #lives = 0;
  #over = false;

  constructor(visit: () => Promise<Visitor>) {
    this.#visit = visit;
  }

  take(devices: readonly ComputerId[], tell: TellWoken): void {
    for (const id of devices) {
      this.#devices.set(formatId(id), id);
      this.#waiting.set(formatId(id), tell);
    }
    this.#visitor = this.#begin();
  }

  giveUp(devices: readonly ComputerId[]): void {
    const silent = devices.map(formatId).filter((name) => this.#waiting.delete(name));
    for (const name of silent) this.#devices.delete(name);
    if (silent.length === 0) return;
    void this.#visitor.then((visitor) => visitor?.say({ kind: "give-up", devices: silent }));
  }

  leave(): void {
    this.#finish((visitor) => visitor.say({ kind: "leave" }));
  }

  async end(): Promise<void> {
    this.#finish(() => {});
    await this.#visitor;
  }

  #finish(farewell: (visitor: Visitor) => void): void {
    if (this.#over) return;
    this.#over = true;
    void this.#visitor.then((visitor) => {
      if (visitor === undefined) return;
      farewell(visitor);
      visitor.close();
    });
  }

  async #begin(): Promise<Visitor | undefined> {
    try {
      const visitor = await this.#visit();
      visitor.onAnswer((answer) => this.#hear(answer));
      visitor.onClose(() => this.#lost());
      visitor.say({ kind: "take", devices: [...this.#devices.keys()] });
      return visitor;
    } catch (error) {
      const failure = failureOf(error, "keeper");
      for (const name of this.#waiting.keys()) this.#settle(name, { ok: false, failure });
      return undefined;
    }
  }

  #lost(): void {
    if (this.#over || this.#lives === LIVES) return;
    this.#lives += 1;
    // Several commands lost it at once; none is in a hurry but one that still waits.
    const soon = this.#waiting.size > 0 ? 0 : PAUSE * 2 ** this.#lives * (1 + Math.random());
    this.#visitor = pause(soon, undefined, { ref: false }).then(() =>
      this.#over ? undefined : this.#begin(),
    );
  }

  #hear(answer: Answer): void {
    if (answer.kind === "woken") this.#settle(answer.device, { ok: true, port: answer.port });
    if (answer.kind === "asleep")
      this.#settle(answer.device, { ok: false, failure: heardFailure(answer.failure) });
  }

  #settle(name: string, how: Woken): void {
    const [id, tell] = [this.#devices.get(name), this.#waiting.get(name)];
    this.#waiting.delete(name);
    if (id !== undefined) tell?.(id, how);
  }
}
