import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../../core/failure.ts";
import { withCleanup } from "../interrupt.ts";
import { warn } from "../outcome.ts";
import { type Listed, listDevices, type Remembered } from "./list-run.ts";
import { listTable } from "./list-table.ts";

/**
 * Milliseconds from one look to the next. Each one asks every device's sshd for its banner: those on metered links pay
 * for it, and since OpenSSH 9.8 an sshd shuts out whom it hears from often without a login.
 */
const LOOK_EVERY = 10_000;

/** Looks again and again until it is interrupted: drawn anew on a terminal, or one JSON document a line at each change. */
export async function watchDevices(as: string | undefined, json: boolean): Promise<void> {
  if (!json && process.stdout.isTTY !== true) {
    throw new Failure("usage", "--watch draws on a terminal, and stdout is none", { hint: "add --json" });
  }
  const stop = new AbortController();
  let looking: Promise<unknown> = Promise.resolve();
  const remembered: Remembered = new Map();
  let last = "";
  const look = async (): Promise<void> => {
    const devices = await listDevices(as, remembered);
    const text = JSON.stringify(devices);
    if (json && text !== last) console.log(text);
    if (!json) process.stdout.write(screenOf(devices));
    last = text;
  };
  const end = async () => {
    stop.abort();
    await looking;
  };
  await withCleanup(end, async () => {
    // Who can't be asked even once is told; later the proxy may be away for a while.
    await look();
    while (!stop.signal.aborted) {
      await pause(LOOK_EVERY, undefined, { signal: stop.signal }).catch(() => undefined);
      if (!stop.signal.aborted) {
        looking = look().catch((error: unknown) => {
          if (!(error instanceof Failure)) throw error;
          warn(error.message);
        });
        await looking;
      }
    }
  });
}

/** From the terminal's top left; what does not fit is counted. */
function screenOf(devices: readonly Listed[]): string {
  const lines = listTable(devices).map((line) => line.slice(0, process.stdout.columns));
  const room = Math.max(1, process.stdout.rows - 2);
  const more = lines.length > room ? [`… and ${lines.length - room + 1} more`] : [];
  const shown = more.length === 0 ? lines : lines.slice(0, room - 1);
  return `\u001b[H\u001b[J${[...shown, ...more, new Date().toLocaleTimeString()].join("\n")}\n`;
}
