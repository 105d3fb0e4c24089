import { performance } from "node:perf_hooks";
import { styleText } from "node:util";
import type { WorkflowRun } from "../runner.ts";

/** Prints the story, a line a deed, and keeps what the sync workflow was seen to do. Colours on a terminal only. */
export class StoryTeller {
  readonly #started = performance.now();
  readonly #runs: WorkflowRun[] = [];

  chapter(title: string): void {
    this.#print(`\n${this.#style("bold", title)}`);
  }

  tell(who: string, what: string): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(1).padStart(5);
    this.#print(`${this.#style("dim", `${seconds}s`)}  ${this.#style("cyan", who.padEnd(10))} ${what}`);
  }

  /** Further words under the line before. */
  more(what: string): void {
    this.#print(`${" ".repeat(19)}${this.#style("dim", what)}`);
  }

  say(line: string): void {
    this.#print(line);
  }

  synced(run: WorkflowRun): void {
    this.#runs.push(run);
  }

  get runs(): readonly WorkflowRun[] {
    return this.#runs;
  }

  #print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  #style(format: "bold" | "dim" | "cyan", text: string): string {
    return process.stdout.isTTY === true && process.env.NO_COLOR === undefined
      ? styleText(format, text)
      : text;
  }
}
