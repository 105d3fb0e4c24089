import pLimit from "p-limit";

export interface PortWays {
  /** Of many ports at once, over a connection that is shared; left out of the answer is what can't be told so. */
  together(ports: readonly number[]): Promise<ReadonlyMap<number, "up" | "down">>;
  /** Of one, by a process of its own. */
  alone(port: number): Promise<boolean>;
}

/** Processes. */
const AT_ONCE = 16;

/** Questions whether an SSH server answers on a port; those that come at the same time are asked together. */
export class PortQuestions {
  readonly #ways: PortWays;
  readonly #limit = pLimit(AT_ONCE);
  #waiting: { readonly port: number; readonly answer: (up: boolean) => void }[] = [];
  #asking = false;

  constructor(ways: PortWays) {
    this.#ways = ways;
  }

  /** Never rejects. */
  answers(port: number): Promise<boolean> {
    return new Promise((answer) => {
      this.#waiting.push({ port, answer });
      if (!this.#asking) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const some = this.#waiting.splice(0);
      const known = await this.#ways
        .together(some.map(({ port }) => port))
        .catch(() => new Map<number, "up" | "down">());
      for (const { port, answer } of some) {
        const said = known.get(port);
        if (said !== undefined) answer(said === "up");
        else void this.#limit(() => this.#ways.alone(port).catch(() => false)).then(answer);
      }
    }
    this.#asking = false;
  }
}
