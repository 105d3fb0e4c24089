import { type Answer, heardFailure } from "../../core/computer/keeper-words.ts";
import { unavailable } from "../../core/failure.ts";
import type { Bus, BusLender } from "../../core/ports/bus.ts";
import type { Visitor } from "./visitor.ts";

type Heard = (payload: string, topic: string) => void;

/** The keeper's connection to the broker, as one command uses it. */
export class KeptBus implements BusLender {
  readonly #visit: () => Promise<Visitor>;

  constructor(visit: () => Promise<Visitor>) {
    this.#visit = visit;
  }

  async lend<T>(work: (bus: Bus) => Promise<T>): Promise<T> {
    const visitor = await this.#visit();
    const bus = new BusThrough(visitor);
    try {
      return await work(bus);
    } finally {
      visitor.close();
    }
  }
}

class BusThrough implements Bus {
  readonly #visitor: Visitor;
  readonly #heard = new Map<number, readonly [topic: string, heard: Heard]>();
  readonly #asked = new Map<number, (problem: Error | undefined) => void>();

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
    visitor.onAnswer((answer) => this.#hear(answer));
    visitor.onClose(() => {
      for (const settle of this.#asked.values()) settle(unavailable("keeper", new Error("it ended")));
    });
  }

  publish(topic: string, payload: string): Promise<void> {
    return this.#ask((n) => this.#visitor.say({ kind: "publish", n, topic, payload }));
  }

  subscribe(topic: string, heard: Heard): Promise<void> {
    return this.#ask((n) => {
      this.#heard.set(n, [topic, heard]);
      this.#visitor.say({ kind: "subscribe", n, topic });
    });
  }

  /** The keeper unsubscribes when the command is gone. */
  unsubscribe(topic: string, heard: Heard): void {
    for (const [n, [on, by]] of this.#heard) if (on === topic && by === heard) this.#heard.delete(n);
  }

  async close(): Promise<void> {
    this.#visitor.close();
  }

  #ask(say: (n: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const n = this.#asked.size + 1;
      this.#asked.set(n, (problem) => (problem === undefined ? resolve() : reject(problem)));
      say(n);
    });
  }

  #hear(answer: Answer): void {
    if (answer.kind === "done") this.#asked.get(answer.n)?.(undefined);
    if (answer.kind === "failed") this.#asked.get(answer.n)?.(heardFailure(answer.failure));
    if (answer.kind === "heard") this.#heard.get(answer.n)?.[1](answer.payload, answer.topic);
  }
}
