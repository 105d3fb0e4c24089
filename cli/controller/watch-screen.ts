import { terminalText } from "../../core/terminal-text.ts";
import { columnsOf, fitting, rowsOf } from "../terminal-size.ts";

/** xterm's private modes, which every terminal of today knows: the other screen, without the cursor; and back. */
const [ENTER, LEAVE] = ["\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l"];
const FROM_THE_TOP = "\u001b[H";
const [REST_OF_LINE, REST_OF_SCREEN] = ["\u001b[K", "\u001b[J"];

/**
 * A table that is drawn anew as it changes and as the terminal's size does, on the terminal's other screen: what stood on
 * the main one is there again afterwards. No line is longer than the terminal is wide.
 */
export class WatchScreen {
  readonly #out = process.stdout;
  #lines: readonly string[] = [];
  /** Stands below, whatever is cut above. */
  #below: readonly string[] = [];
  #entered = false;

  readonly #redraw = () => {
    if (this.#entered) this.#write();
  };
  readonly #leave = () => {
    if (this.#entered) this.#out.write(LEAVE);
    this.#entered = false;
  };
  readonly #resume = () => this.show(this.#lines, this.#below);
  /** Ctrl-Z: the shell that comes then finds its own screen, and `fg` this one. */
  readonly #suspend = () => {
    if (this.#entered) process.once("SIGCONT", this.#resume);
    this.#leave();
    process.kill(process.pid, "SIGSTOP");
  };

  /** From the first call on the terminal is its own, until `close` or the end of the process. */
  show(lines: readonly string[], below: readonly string[]): void {
    [this.#lines, this.#below] = [lines, below];
    if (!this.#entered) {
      this.#out.write(ENTER);
      this.#entered = true;
    }
    this.#write();
  }

  open(): void {
    this.#out.on("resize", this.#redraw);
    process.on("SIGTSTP", this.#suspend);
    // A terminal is written to before the process goes on: nothing ends it halfway.
    process.on("exit", this.#leave);
  }

  close(): void {
    this.#leave();
    this.#out.off("resize", this.#redraw);
    process.off("SIGTSTP", this.#suspend);
    // `kill %1` of a stopped job sends SIGTERM and SIGCONT, in an order that is not certain.
    process.off("SIGCONT", this.#resume);
    process.off("exit", this.#leave);
  }

  /** Each line over the old one and then the rest of it: a screen that is wiped first flickers. */
  #write(): void {
    const [rows, columns] = [rowsOf(this.#out), columnsOf(this.#out)];
    const lines = screenOf(this.#lines, this.#below, rows).map((line) =>
      fitting(terminalText(line), columns),
    );
    const body = lines.map((line) => `${line}${REST_OF_LINE}`).join("\n");
    this.#out.write(`${FROM_THE_TOP}${body}${REST_OF_SCREEN}`);
  }
}

/** What does not fit is counted. */
function screenOf(lines: readonly string[], below: readonly string[], rows: number): readonly string[] {
  const foot = below.slice(0, rows - 1);
  const room = rows - foot.length;
  if (lines.length <= room) return [...lines, ...foot];
  return [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`, ...foot];
}
