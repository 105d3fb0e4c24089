import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../core/failure.ts";
import { isMissing } from "./read.ts";
import { takeTurn } from "./turn.ts";

/** Seconds. */
const PATIENCE = 30;
/** flock's exit status where the time is up; its own failures are 64 to 69. */
const NOT_FREE = 75;

/**
 * One process at a time works on `folder`; another waits up to 30 s. The kernel keeps the lock: a process that dies,
 * however it dies, has given it up at that moment. `name`: of the lock's file there.
 */
export async function withLock<T>(folder: string, work: () => Promise<T>, name = ".lock"): Promise<T> {
  const release = await lockOf(join(folder, name));
  try {
    return await work();
  } finally {
    await release();
  }
}

/**
 * flock(1), part of every Debian and Ubuntu, holds it until its command has read all of a pipe whose other end is ours
 * alone. Where there is none (macOS), processes take turns, and one that died is waited for.
 */
async function lockOf(file: string): Promise<() => Promise<void>> {
  await keepPrivate(file).catch((error: unknown) => {
    throw isMissing(error) ? new Failure("refused", `${file} can't be made: its folder is not there`) : error;
  });
  const args = [
    "-w",
    String(PATIENCE),
    "-E",
    String(NOT_FREE),
    file,
    "sh",
    "-c",
    "echo && exec cat >/dev/null",
  ];
  // Of a process group of its own: Ctrl-C must not take the lock from us before us.
  const holder = spawn("flock", args, { stdio: "pipe", detached: true });
  holder.stdin.on("error", () => {});
  let said = "";
  holder.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
  });
  const ended = new Promise<number | null>((resolve) => holder.on("close", resolve));
  const first = await new Promise<"held" | Error | number | null>((resolve) => {
    holder.stdout.once("data", () => resolve("held"));
    holder.on("error", resolve);
    void ended.then(resolve);
  });
  if (first === "held") {
    return async () => {
      holder.stdin.end();
      await ended;
    };
  }
  if (isMissing(first)) return takeTurn(`${file}-turn`, PATIENCE * 1000);
  const why = first === NOT_FREE ? `another one held it for ${PATIENCE} s` : said.trim() || `flock: ${first}`;
  throw new Failure("refused", `${file} can't be locked: ${why}`);
}

/** Whoever may read a file may lock it: any account of a proxy could keep root from blocking a key. */
async function keepPrivate(path: string): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    await file.chmod(0o600);
  } finally {
    await file.close();
  }
}
