import { spawn } from "node:child_process";
import { constants } from "node:os";
import { causeOf, Failure } from "../../core/failure.ts";

/** One ssh in the place of this process: terminal, pipes and signals are its own. */
export interface Session {
  /** Its exit status. */
  readonly ended: Promise<number>;
  /** Milliseconds, until it ended or until now. */
  lasted(): number;
  stop(): void;
}

export function startSession(args: readonly string[]): Session {
  const began = performance.now();
  const child = spawn("ssh", args, { stdio: "inherit" });
  const stop = () => void child.kill();
  // Told to end by a signal that nobody sent to ssh too, this process would leave it behind.
  process.once("exit", stop);
  let end: number | undefined;
  const over = ended(child).finally(() => {
    end = performance.now();
    process.off("exit", stop);
  });
  return { ended: over, lasted: () => (end ?? performance.now()) - began, stop };
}

/** Milliseconds; ssh's ConnectTimeout is 8 s, of its user's perhaps less. */
const [UNANSWERED_FOR, NOT_BEGUN_WITHIN] = [6_000, 10_000];

/** Of one that has failed: whether it may have run what it was told, so that to start again would do it twice. */
export const mayHaveBegun = (session: Session): boolean => session.lasted() >= NOT_BEGUN_WITHIN;

/** Of one that has failed: whether nobody answered it, as over a connection that is dead. Whoever fails sooner was answered. */
export const foundNobody = (session: Session): boolean =>
  session.lasted() >= UNANSWERED_FOR && !mayHaveBegun(session);

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
