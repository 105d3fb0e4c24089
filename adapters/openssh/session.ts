import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { causeOf, Failure } from "../../core/failure.ts";

/** ssh in the place of this process: terminal, pipes and signals are its own. Resolves with its exit status. */
export function runSession(args: readonly string[]): Promise<number> {
  return ended(spawn("ssh", args, { stdio: "inherit" }));
}

export interface Lines {
  stdout(line: string): void;
  stderr(line: string): void;
}

/** ssh without a terminal, whose output comes line by line. `signal` ends it. */
export function runLines(args: readonly string[], heard: Lines, signal: AbortSignal): Promise<number> {
  const child = spawn("ssh", args, { stdio: ["ignore", "pipe", "pipe"], signal });
  listen(child.stdout, heard.stdout);
  listen(child.stderr, heard.stderr);
  return ended(child);
}

const listen = (stream: Readable, heard: (line: string) => void): void => {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", heard);
};

function ended(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      if (child.pid === undefined) {
        const hint = "install the OpenSSH client";
        reject(new Failure("usage", `ssh can't be run: ${causeOf(cause)}`, { cause, hint }));
      }
    });
    child.once("close", (status, signal) =>
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
