/** Lets so many work at once, and those who wait take turns: whoever asks a thousand times makes others wait for one. */
export class Turns {
  readonly #atOnce: number;
  #working = 0;
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** `who`: those of one name are served in the order of arrival. */
  async take<T>(who: string, work: () => Promise<T>): Promise<T> {
    if (this.#working < this.#atOnce) this.#working += 1;
    else await new Promise<void>((resolve) => this.#wait(who, resolve));
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  #wait(who: string, begin: () => void): void {
    const queue = this.#waiting.get(who);
    if (queue === undefined) this.#waiting.set(who, [begin]);
    else queue.push(begin);
  }

  /** The place goes on to the next one; whose turn it was goes to the end. */
  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#working -= 1;
      return;
    }
    const [who, queue] = next;
    this.#waiting.delete(who);
    const begin = queue.shift();
    if (queue.length > 0) this.#waiting.set(who, queue);
    begin?.();
  }
}
