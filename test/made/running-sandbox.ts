import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Machines that do much else at once start it slowly. */
const READY_WITHIN = 60_000;
const SEEN_WITHIN = 60_000;

const WARREN = fileURLToPath(new URL("../../dist/warren.js", import.meta.url));

/** What `warren sandbox --json` prints once all is ready. */
export interface Ready {
  readonly forge: string;
  readonly repository: string;
  readonly iot: string;
  readonly broker: string;
  readonly proxy: { readonly host: string; readonly port: number };
  readonly dir: string;
}

/** The sandbox as a user runs it, from dist/. */
export class RunningSandbox {
  readonly process: ChildProcess;
  readonly ready: Ready;

  private constructor(process: ChildProcess, ready: Ready) {
    this.process = process;
    this.ready = ready;
  }

  static async start(): Promise<RunningSandbox> {
    const child = spawn(process.execPath, [WARREN, "sandbox", "--json"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    // Before its test gives up: nobody would end it then, and jest waits for it.
    const late = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN);
    try {
      for await (const line of createInterface({ input: child.stdout }))
        return new RunningSandbox(child, JSON.parse(line));
      throw new Error(`the sandbox is not ready after ${READY_WITHIN / 1000} s, or ended`);
    } finally {
      clearTimeout(late);
    }
  }

  /** Sends the signal, and returns the exit code and signal that it ended with. */
  async end(signal: NodeJS.Signals): Promise<readonly unknown[]> {
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    return ended;
  }

  /** GitHub's API as somebody, by nothing but HTTP. */
  async api<T>(login: string, method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.ready.forge}/repos/${this.ready.repository}${path}`, {
      method,
      headers: { authorization: `Bearer sandbox-${login}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs `warren` to its end, in an environment of `env` and PATH alone. */
export function warren(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const began = performance.now();
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? "", ...env } };
    execFile(process.execPath, [WARREN, ...argv], options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, stdout, stderr, seconds: (performance.now() - began) / 1000 });
    });
  });
}

/** Looks until it sees. */
export async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const began = performance.now(); ; ) {
    if (performance.now() - began > SEEN_WITHIN) throw new Error(`not seen within ${SEEN_WITHIN / 1000} s`);
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Pids of the processes whose command line or environment names `word` (proc(5)). */
export function processesThatName(word: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      ["cmdline", "environ"].some((file) => readQuietly(`/proc/${pid}/${file}`).includes(word)),
    )
    .map(Number);
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
