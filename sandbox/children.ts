import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Failure } from "../core/failure.ts";

export type Environment = Readonly<Record<string, string>>;

/** A process that the sandbox runs: what dist/ ships, as it would run elsewhere. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves with the first line of stdout. */
  readonly firstLine: Promise<string>;
  /** The last of what it wrote on stderr. */
  log(): string;
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 5000;
const LOG_LINES = 200;

/**
 * Starts a child that ends with us: it holds our end of its stdin, so that it notices even our SIGKILL. `PATH`, and
 * what a program needs to find its own home, are passed on; nothing else of our environment is.
 */
export function startChild(name: string, argv: readonly string[], env: Environment): Child {
  const child = spawn(process.execPath, [...argv], {
    env: { PATH: process.env.PATH ?? "", ...env, WARREN_PARENT: "stdin" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const log = keepLog(child);
  const lines = createInterface({ input: child.stdout });
  const firstLine = Promise.race([
    once(lines, "line").then(([line]) => String(line)),
    once(child, "exit").then(([code]) => {
      throw new Failure("unavailable", `${name} ended with status ${code} before it was ready: ${log()}`);
    }),
  ]);
  firstLine.catch(() => {});
  return {
    name,
    pid: child.pid ?? 0,
    firstLine,
    log,
    stop: () => stop(child),
  };
}

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of dist/ to its end. */
export async function runChild(
  argv: readonly string[],
  env: Environment,
  signal?: AbortSignal,
): Promise<Finished> {
  const child = spawn(process.execPath, [...argv], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, "close");
  return { status: typeof code === "number" ? code : 1, stdout, stderr };
}

function keepLog(child: ChildProcess): () => string {
  const lines: string[] = [];
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (lines.length > LOG_LINES) lines.shift();
    });
  }
  return () => lines.join("\n");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}
