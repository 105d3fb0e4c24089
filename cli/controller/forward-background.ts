import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readInput } from "../../adapters/files/read.ts";
import { askNamed } from "../../adapters/processes/named.ts";
import { Failure, type FailureCode } from "../../core/failure.ts";
import { forwardSockets } from "./forward-list.ts";

const LOOK_EVERY = 50;
const CODES: Readonly<Record<number, FailureCode>> = { 1: "refused", 3: "unavailable" };

/** Starts this very command again without a terminal; resolves once it works, and leaves it running. */
export async function startInBackground(name: string): Promise<void> {
  const folder = forwardSockets();
  const log = join(folder, `${name}.log`);
  const file = await open(log, "w", 0o600);
  const [script = "", command = "", ...words] = process.argv.slice(1);
  // The name is said once more, for it may have come from a port.
  const args = [command, "--name", name, ...words.filter((word) => word !== "--background")];
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ["ignore", file.fd, file.fd],
    detached: true,
  });
  const ended = once(child, "exit").then(([status]) => Number(status ?? 1));
  try {
    for (;;) {
      const over = await Promise.race([ended, pause(LOOK_EVERY)]);
      const said = await readInput(log);
      if (over !== undefined) {
        const [first = "it ended", ...more] = said
          .replace(/^warren: /, "")
          .trimEnd()
          .split("\n");
        const hint = more.find((line) => line.startsWith("hint: "))?.slice("hint: ".length);
        throw new Failure(CODES[over] ?? "usage", first, hint === undefined ? {} : { hint });
      }
      if (await isUp(folder, name)) {
        process.stderr.write(`${said}warren: warren forward --stop ${name} ends it; its log is ${log}\n`);
        child.unref();
        return;
      }
    }
  } finally {
    await file.close();
  }
}

async function isUp(folder: string, name: string): Promise<boolean> {
  const answer = await askNamed(folder, name).catch(() => undefined);
  return typeof answer === "object" && answer !== null && "state" in answer && answer.state === "up";
}
