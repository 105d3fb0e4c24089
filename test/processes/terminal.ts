import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import { fileURLToPath } from "node:url";
import { Drawn } from "../made/drawn.ts";
import { WARREN } from "./controller-account.ts";

const HELPER = fileURLToPath(new URL("terminal.py", import.meta.url));
const python = spawnSync("python3", ["-c", "import pty, termios"], { stdio: "ignore" }).status === 0;
if (!python) console.warn("tests on a terminal are skipped: python3 missing");

/** Python makes the pseudo-terminal: Node has none, and script(1) takes neither its size nor an argument array. */
export const hasTerminals = (): boolean => python;

const [CTRL_C, CTRL_Z] = ["03", "1a"];

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** A program on a real pseudo-terminal, and what stands there. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #ended: Promise<readonly unknown[]>;
  readonly drawn: Drawn;
  /** All that was ever written to it. */
  written = "";

  private constructor({ rows, columns }: Size, env: NodeJS.ProcessEnv, words: readonly string[]) {
    const args = [HELPER, String(rows), String(columns), ...words];
    this.#child = spawn("python3", args, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#ended = once(this.#child, "close");
    this.drawn = new Drawn(rows, columns);
    const decoder = new StringDecoder("utf8");
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      const text = decoder.write(chunk);
      this.written += text;
      this.drawn.write(text);
    });
    // It may end before it is told.
    this.#child.stdin?.on("error", () => {});
  }

  static run(size: Size, env: NodeJS.ProcessEnv, words: readonly string[]): Terminal {
    return new Terminal(size, env, words);
  }

  static warren(size: Size, env: NodeJS.ProcessEnv, ...words: readonly string[]): Terminal {
    return new Terminal(size, env, [process.execPath, WARREN, ...words]);
  }

  resize({ rows, columns }: Size): void {
    this.drawn.resize(rows, columns);
    this.#tell(`size ${rows} ${columns}`);
  }

  interrupt(): void {
    this.#tell(`type ${CTRL_C}`);
  }

  suspend(): void {
    this.#tell(`type ${CTRL_Z}`);
  }

  /** As a shell's `fg` does. */
  continue(): void {
    this.#tell("continue");
  }

  hangUp(): void {
    this.#tell("hang-up");
  }

  /** Its exit status. */
  async status(): Promise<unknown> {
    return (await this.#ended)[0];
  }

  #tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }
}
