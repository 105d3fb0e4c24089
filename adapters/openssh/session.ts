import { spawn } from "node:child_process";
import { constants } from "node:os";
import { causeOf, Failure } from "../../core/failure.ts";

/** One ssh in the place of this process: terminal, pipes and signals are its own. */
export interface Session {
  /** Its exit status. */
  readonly ended: Promise<number>;
  /** By performance.now(). */
  readonly began: number;
  stop(): void;
}

export function startSession(args: readonly string[]): Session {
  const began = performance.now();
  const child = spawn("ssh", args, { stdio: "inherit" });
  const stop = () => void child.kill();
  // Told to end by a signal that nobody sent to ssh too, this process would leave it behind.
  process.once("exit", stop);
  const over = ended(child).finally(() => process.off("exit", stop));
  return { began, ended: over, stop };
}

/** Milliseconds; ssh's ConnectTimeout is 8 s. */
const NOT_BEGUN_WITHIN = 10_000;

/** Of one that has failed just now: whether it may have run what it was told, so that to start again would do it twice. */
export const mayHaveBegun = ({ began }: Session): boolean => performance.now() - began >= NOT_BEGUN_WITHIN;

/** Resolves with its exit status. */
export const runSession = (args: readonly string[]): Promise<number> => startSession(args).ended;

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
