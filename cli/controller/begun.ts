import { isDeepStrictEqual } from "node:util";
import { SSH_FAILED } from "../../adapters/openssh/run.ts";
import { foundNobody, type Session } from "../../adapters/openssh/session.ts";
import { proxyStandsBefore } from "../../adapters/openssh/shared.ts";
import { isAsWritten } from "../../core/computer/written.ts";
import { type Ahead, connectAhead, startSessionTo } from "./connect-ahead.ts";
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
  const session = ahead.session ?? (await sessionOf(ahead));
  if (session === undefined) return undefined;
  begun = { connect, ahead: { ...ahead, session } };
  if (!(await isSure(ahead))) return undefined;
  const status = await session.ended.catch(() => undefined);
  if (status !== undefined && status !== SSH_FAILED) return status;
  // The whole command says why. It runs nothing again, whatever has changed since, but what did not get through.
  const isDead = ahead.goal?.isShared === false && ahead.asked?.shared.foundDead === true;
  const isOver = status !== undefined && !(isDead && foundNobody(session));
  if (isOver) begun = { connect, ahead: { ...ahead, session, over: status } };
  return undefined;
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
    return connectAhead(connect);
  } catch {
    return {};
  }
}

/** As soon as the connection to the proxy stands; over one that is shared with the device, once the proxy has answered. */
async function sessionOf(ahead: Ahead): Promise<Session | undefined> {
  const { asked, goal } = ahead;
  if (asked === undefined || goal === undefined) return undefined;
  const may = goal.isShared ? isSure(ahead) : proxyStandsBefore(goal.sockets, asked.directory);
  return (await may) ? startSessionTo(goal) : undefined;
}

/**
 * Whether the proxy knows no newer directory than the one that says which device is meant: then the whole command would
 * do no more than run ssh, and take a third of the time to load.
 */
async function isSure({ asked, goal }: Ahead): Promise<boolean> {
  const answer = await asked?.directory.catch(() => undefined);
  return goal !== undefined && answer !== undefined && isAsWritten(answer, goal.by);
}
