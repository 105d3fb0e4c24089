import { spawn } from "node:child_process";
import { constants } from "node:os";
import { causeOf, Failure } from "../../core/failure.ts";

/** ssh in the place of this process: terminal, pipes and signals are its own. Resolves with its exit status. */
export function runSession(args: readonly string[]): Promise<number> {
  return ended(spawn("ssh", args, { stdio: "inherit" }));
}

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
