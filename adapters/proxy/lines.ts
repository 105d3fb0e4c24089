import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";

export interface LineReader {
  /** The next line of stdout; undefined at its end. Rejects when none came within `milliseconds`. */
  next(milliseconds: number): Promise<string | undefined>;
  /** The last lines of stderr, where ssh and the proxy say why; nothing that a terminal would obey. */
  errors(): readonly string[];
}

const LONGEST = 16 * 1024 * 1024;
const ERRORS_KEPT = 4096;
const ERROR_LINES = 8;

/** Reads a process line by line; one that never breaks its line is no reason to run out of memory. */
export function lineReader(child: ChildProcessByStdio<Writable, Readable, Readable>): LineReader {
  let text = "";
  let errors = "";
  let over = false;
  let failure: Error | undefined;
  let wake = () => {};
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (failure !== undefined) return;
    text += chunk;
    if (text.length > LONGEST) {
      failure = new Error(`answer is longer than ${LONGEST} characters`);
      // Nobody may be reading just now: what came on would fill the memory, and stop the sync of all proxies.
      child.kill("SIGKILL");
    }
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors = (errors + chunk).slice(-ERRORS_KEPT);
  });
  child.on("error", (error) => {
    failure ??= error;
    wake();
  });
  child.on("close", () => {
    over = true;
    wake();
  });

  const taken = (): string | undefined => {
    const at = text.indexOf("\n");
    if (at < 0) return undefined;
    const line = text.slice(0, at);
    text = text.slice(at + 1);
    return line;
  };

  return {
    errors: () =>
      errors
        .split("\n")
        .map((line) => line.replace(/\p{Cc}/gu, " ").trim())
        .filter((line) => line !== "")
        .slice(-ERROR_LINES),
    next: (milliseconds) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => settle(() => reject(new Error(`no answer within ${milliseconds / 1000} s`))),
          milliseconds,
        );
        const settle = (end: () => void) => {
          clearTimeout(timer);
          wake = () => {};
          end();
        };
        wake = () => {
          if (failure !== undefined) return settle(() => reject(failure));
          const line = taken();
          if (line !== undefined || over) settle(() => resolve(line));
        };
        wake();
      }),
  };
}
