import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** The first process of namespaces of its own. */
export interface Holder {
  readonly child: ChildProcess;
  /** As it is seen from here. */
  readonly pid: number;
}

/**
 * Runs `script` there, and then waits: with this process end all others of its namespaces, and it ends when we do, for
 * it reads a pipe that only we hold. SIGCHLD is ignored there, so that no orphan stays a zombie.
 */
export async function startHolder(
  unshare: readonly string[],
  script: readonly string[],
  args: readonly string[] = [],
): Promise<Holder> {
  const [program = "", ...options] = unshare;
  const lines = ["set -e", ...script, "echo ready", "exec env --ignore-signal=CHLD cat"];
  const child = spawn(program, [...options, "sh", "-c", lines.join("\n"), "warren-host", ...args], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  if (child.pid === undefined) throw new Error("unshare did not start");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  const ended = once(child, "close").then(() => {
    throw new Error(`no namespaces could be made: ${said}`);
  });
  await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => {});
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  return { child, pid: Number(children.trim()) };
}

/** Its end ends all that runs there. */
export async function stopHolder({ child, pid }: Holder): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  process.kill(pid, "SIGKILL");
  await gone;
}
