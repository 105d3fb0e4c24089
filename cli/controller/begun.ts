import { isDeepStrictEqual } from "node:util";
import { SSH_FAILED } from "../../adapters/openssh/run.ts";
import type { Session } from "../../adapters/openssh/session.ts";
import { isAsWritten } from "../../core/computer/written.ts";
import { withCleanup } from "../interrupt.ts";
import { type Ahead, connectAhead } from "./connect-ahead.ts";
import { startKeeperAhead } from "./keeper-ahead.ts";
import { type Connect, plainConnect } from "./plain-connect.ts";

let begun: { readonly connect: Connect; readonly ahead: Ahead } | undefined;

/**
 * Begins what takes long, where the words are so plain that no parser is needed to read them. Resolves with the exit status
 * where nothing was left for the whole command to do.
 */
export async function begin(argv: readonly string[]): Promise<number | undefined> {
  const [word, id = ""] = argv;
  if (word === "keeper") await beginKeeper(id);
  const connect = plainConnect(argv);
  if (connect === undefined) return undefined;
  const ahead = aheadOf(connect);
  begun = { connect, ahead };
  return wholeOf(ahead);
}

async function beginKeeper(id: string): Promise<void> {
  try {
    // Only here: no other command needs TLS at once.
    const { brokerAhead } = await import("./broker-ahead.ts");
    brokerAhead(id);
  } catch {
    // The whole command finds the same, and says so.
  }
}

/** What was begun, if this was meant by it; else it is begun now. */
export function begunFor(connect: Connect): Ahead {
  const found = begun;
  begun = undefined;
  if (isDeepStrictEqual(found?.connect, connect)) return found?.ahead ?? {};
  found?.ahead.session?.stop();
  return aheadOf(connect);
}

/** Nothing, where something is wrong: the whole command finds the same, and says so. */
function aheadOf(connect: Connect): Ahead {
  try {
    startKeeperAhead(connect.as);
    const ahead = connectAhead(connect);
    if (ahead.session !== undefined) endWithUs(ahead.session);
    return ahead;
  } catch {
    return {};
  }
}

/**
 * The session's exit status, if the proxy knows no newer directory than the one that it goes by, and ssh got through:
 * then the whole command would have done no more, and took a third of the time to load.
 */
async function wholeOf({ asked, session }: Ahead): Promise<number | undefined> {
  if (asked === undefined || session === undefined) return undefined;
  const whole = async () => {
    const answer = await asked.directory.catch(() => undefined);
    if (answer === undefined || !isAsWritten(answer, session.by)) return undefined;
    const status = await session.ended.catch(() => SSH_FAILED);
    return status === SSH_FAILED ? undefined : status;
  };
  return whole();
}

/** From its first moment, whoever goes on with it. */
function endWithUs({ stop, ended }: Session): void {
  withCleanup(
    async () => stop(),
    () => ended,
  ).catch(() => undefined);
}
