import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../../core/failure.ts";
import { withCleanup } from "../interrupt.ts";
import { warn } from "../outcome.ts";
import { canDraw } from "../terminal-size.ts";
import { type Listed, listDevices, type Remembered } from "./list-run.ts";
import { listTable } from "./list-table.ts";
import { WatchScreen } from "./watch-screen.ts";

/**
 * Milliseconds from one look to the next. Each one asks every device's sshd for its banner: those on metered links pay
 * for it, and since OpenSSH 9.8 an sshd shuts out whom it hears from often without a login.
 */
const LOOK_EVERY = 10_000;

/** How what was seen is shown. */
interface View {
  /** Something that the user should know: `warren: …` on stderr, or below the table. */
  readonly tell: (message: string) => void;
  show(devices: readonly Listed[]): void;
  /** A look that found nothing out. */
  failed(message: string): void;
  close(): void;
}

/** Looks again and again until it is interrupted: drawn anew on a terminal, or one JSON document a line at each change. */
export async function watchDevices(as: string | undefined, json: boolean): Promise<void> {
  if (!json && !canDraw(process.stdout)) {
    const what = process.stdout.isTTY === true ? "this one can't (TERM is dumb)" : "stdout is none";
    throw new Failure("usage", `--watch draws on a terminal, and ${what}`, { hint: "add --json" });
  }
  const view = json ? jsonLines() : onScreen();
  const stop = new AbortController();
  let looking: Promise<unknown> = Promise.resolve();
  const remembered: Remembered = new Map();
  const look = async (): Promise<void> => view.show(await listDevices(as, remembered, view.tell));
  const end = async () => {
    stop.abort();
    view.close();
    await looking;
  };
  try {
    await withCleanup(end, async () => {
      // Who can't be asked even once is told; later the proxy may be away for a while.
      await look();
      while (!stop.signal.aborted) {
        await pause(LOOK_EVERY, undefined, { signal: stop.signal }).catch(() => undefined);
        if (!stop.signal.aborted) {
          looking = look().catch((error: unknown) => {
            if (!(error instanceof Failure)) throw error;
            view.failed(error.message);
          });
          await looking;
        }
      }
    });
  } finally {
    view.close();
  }
}

function jsonLines(): View {
  let last = "";
  return {
    tell: warn,
    show: (devices) => {
      const text = JSON.stringify(devices);
      if (text !== last) console.log(text);
      last = text;
    },
    failed: warn,
    close: () => {},
  };
}

/** What is told stands below the table of the same look: on stderr it would be drawn over. */
function onScreen(): View {
  const screen = new WatchScreen();
  screen.open();
  let [table, told, closed]: [readonly string[], string[], boolean] = [[], [], false];
  const draw = () => {
    // A look that was under way when it was interrupted draws nothing any more.
    if (!closed) screen.show(table, [...told, new Date().toLocaleTimeString()]);
    told = [];
  };
  return {
    tell: (message) => void told.push(`warren: ${message}`),
    show: (devices) => {
      table = listTable(devices);
      draw();
    },
    failed: (message) => {
      told.push(`warren: ${message}`);
      draw();
    },
    close: () => {
      closed = true;
      screen.close();
    },
  };
}
