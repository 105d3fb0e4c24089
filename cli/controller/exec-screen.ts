import { once } from "node:events";
import { warning } from "../outcome.ts";
import { canDraw, columnsOf, fitting } from "../terminal-size.ts";

const REDRAW_EVERY = 100;

/** What a command on many devices prints: output, and on a terminal one line below it that says how far it is. */
export class ExecScreen {
  #progress = "";
  #drawn = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #resized = () => this.#later();
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

  /** Something that the user should know, above the line. */
  tell(message: string): void {
    void this.print("stderr", warning(message));
  }

  /** Shown on stderr if that is a terminal, as far as its width allows. */
  progress(text: string): void {
    if (!canDraw(process.stderr)) return;
    if (this.#progress === "") process.stderr.on("resize", this.#resized);
    this.#progress = text;
    this.#later();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#progress = "";
    process.stderr.off("resize", this.#resized);
    this.#wipe();
  }

  #later(): void {
    if (this.#progress === "") return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#wipe();
      // By its width of now: it may have been made narrower since.
      process.stderr.write(fitting(this.#progress, columnsOf(process.stderr)));
      this.#drawn = true;
    }, REDRAW_EVERY);
  }

  #wipe(): void {
    if (this.#drawn) process.stderr.write("\r\u001b[K");
    this.#drawn = false;
  }
}
