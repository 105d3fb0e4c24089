import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DEVICE } from "./fault-realm.ts";
import type { Place } from "./place.ts";

const WARREN = resolve("dist/warren.js");
const ATTEMPT_S = 20;

/** Who uses the device, and where from. */
export interface FaultController {
  readonly place: Place;
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

/** An ssh session through the tunnel. */
export interface Session {
  /** Says a line to the far end; resolves with its answer. */
  echo(line: string): Promise<string>;
  readonly ended: Promise<unknown>;
}

/** Waits until it holds; resolves with the seconds that took. `more`: what a failure is to say beside that. */
export async function until(
  holds: () => boolean,
  within: number,
  more: () => string = () => "",
): Promise<number> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > within * 1000)
      throw new Error(`does not hold after ${within} s: ${holds}\n${more()}`);
    await pause(50);
  }
  return (performance.now() - began) / 1000;
}

/** Seconds until it has run a command on the device by `warren connect`, each time as if it had never been there. */
export async function reachAnew({ place, name, env }: FaultController, within: number): Promise<number> {
  const began = performance.now();
  const words = [WARREN, "connect", "--as", name, `root@${DEVICE}`, "--", "echo", "reached"];
  for (;;) {
    const attempt = ["timeout", "-k", "2", String(ATTEMPT_S), process.execPath, ...words];
    const { status, stdout, stderr } = await place.run(attempt, env);
    const seconds = (performance.now() - began) / 1000;
    // Nothing of it helps or hinders the next attempt.
    await place.clear();
    if (status === 0 && stdout === "reached\n") return seconds;
    if (seconds > within) throw new Error(`not reached within ${within} s: ${stderr}`);
  }
}

export async function wakeOnly({ place, name, env }: FaultController): Promise<void> {
  const words = [process.execPath, WARREN, "connect", "--as", name, "--wake", DEVICE];
  const { status, stderr } = await place.run(words, env);
  if (status !== 0) throw new Error(`device is not awake: ${stderr}`);
}

export async function openSession({ place, name, env }: FaultController): Promise<Session> {
  const far = 'echo open; while read -r line; do echo "heard $line"; done';
  const words = [process.execPath, WARREN, "connect", "--as", name, `root@${DEVICE}`, "--", far];
  const child = place.start(words, env);
  let [said, complained] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    complained += chunk.toString("utf8");
  });
  child.stdin?.on("error", () => {});
  const ended = once(child, "exit");
  await until(() => said.includes("open\n") || child.exitCode !== null, 40);
  if (!said.includes("open\n")) throw new Error(`no session: ${complained}`);
  return {
    ended,
    echo: async (line) => {
      child.stdin?.write(`${line}\n`);
      await until(() => said.includes(`heard ${line}\n`), 30);
      return said.split("\n").at(-2) ?? "";
    },
  };
}
