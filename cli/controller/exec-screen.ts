import { once } from "node:events";

const REDRAW_EVERY = 100;

/** What a command on many devices prints: output, and on a terminal one line below it that says how far it is. */
export class ExecScreen {
  #progress = "";
  #drawn = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #full: { stdout?: Promise<unknown> | undefined; stderr?: Promise<unknown> | undefined } = {};

  /** Resolves once the reader has taken enough of it; undefined: go on at once. */
  print(stream: "stdout" | "stderr", text: string): Promise<unknown> | undefined {
    this.#wipe();
    const out = process[stream];
    const taken = out.write(text);
    this.#later();
    if (taken) return undefined;
    // One wait for all devices.
    this.#full[stream] ??= once(out, "drain").finally(() => {
      this.#full[stream] = undefined;
    });
    return this.#full[stream];
  }

  /** Shown on stderr if that is a terminal. */
  progress(text: string): void {
    if (process.stderr.isTTY !== true) return;
    this.#progress = text.slice(0, Math.max(20, process.stderr.columns - 1));
    this.#later();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#progress = "";
    this.#wipe();
  }

  #later(): void {
    if (this.#progress === "") return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#wipe();
      process.stderr.write(this.#progress);
      this.#drawn = true;
    }, REDRAW_EVERY);
  }

  #wipe(): void {
    if (this.#drawn) process.stderr.write("\r\u001b[K");
    this.#drawn = false;
  }
}
