import { spawn } from "node:child_process";
import { causeOf } from "../../core/failure.ts";

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunLimits {
  /** Milliseconds; then the process is killed, and the promise rejects. */
  readonly timeout: number;
  /** Ends it sooner, the same way; its reason is the one that the promise rejects with. */
  readonly signal?: AbortSignal;
  /** Bytes of output that are read; more, and the process is killed. */
  readonly longest?: number;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whom it runs as; root alone may say. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/** The status of ssh's own failures; any other is that of what it ran there, which may be 255 too (ssh(1)). */
export const SSH_FAILED = 255;

const LONGEST = 16 * 1024 * 1024;

/** Runs a program from an argument array and waits for its end; any status is a value. */
export function run(program: string, args: readonly string[], limits: RunLimits): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: "pipe",
      env: limits.env ?? process.env,
      cwd: limits.as === undefined ? undefined : "/",
      ...limits.as,
    });
    const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
    let bytes = 0;
    let stopped: Error | undefined;
    const stop = (why: string) => {
      stopped ??= new Error(why);
      child.kill("SIGKILL");
      // An ssh over a shared connection has handed its pipes to the ssh that holds that, which need not let go of them.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => stop(`no answer within ${limits.timeout / 1000} s`), limits.timeout);
    const abort = () => stop(causeOf(limits.signal?.reason));
    limits.signal?.addEventListener("abort", abort, { once: true });
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > (limits.longest ?? LONGEST))
          stop(`answer is longer than ${limits.longest ?? LONGEST} bytes`);
        else chunks[name].push(chunk);
      });
    }
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (status) => {
      clearTimeout(timer);
      limits.signal?.removeEventListener("abort", abort);
      if (stopped !== undefined) return reject(stopped);
      const text = (name: "stdout" | "stderr") => Buffer.concat(chunks[name]).toString("utf8");
      resolve({ status, stdout: text("stdout"), stderr: text("stderr") });
    });
    // A program that ends without reading its input is not our failure.
    child.stdin.on("error", () => {});
    child.stdin.end(limits.input ?? "");
  });
}
