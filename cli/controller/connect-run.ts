import { isDeepStrictEqual } from "node:util";
import { SSH_FAILED } from "../../adapters/openssh/run.ts";
import {
  foundNobody,
  mayHaveBegun,
  runSession,
  type Session,
  startSession,
} from "../../adapters/openssh/session.ts";
import { proxyStandsBefore, sharedWith } from "../../adapters/openssh/shared.ts";
import { sshFilesOf } from "../../adapters/openssh/ssh-files.ts";
import type { Directory } from "../../core/access/directory.ts";
import { type ComputerId, formatId } from "../../core/names.ts";
import type { Reached, Visit } from "../../flows/visit.ts";
import { version } from "../../package.json";
import { withCleanup } from "../interrupt.ts";
import { warn } from "../outcome.ts";
import type { Ahead } from "./connect-ahead.ts";
import { type Controller, openControllers } from "./controller.ts";
import type { Connect } from "./plain-connect.ts";
import { settle } from "./settle.ts";
import { splitTarget } from "./split-target.ts";
import { targetOf } from "./targets.ts";

/** Wakes the device and runs ssh on it; returns ssh's exit status. */
export async function connectTo(connect: Connect, ahead: Ahead): Promise<number> {
  if (ahead.over !== undefined) {
    await explainTo(connect).catch(() => undefined);
    return ahead.over;
  }
  try {
    return await connectBy(connect, ahead);
  } catch (error) {
    ahead.session?.stop();
    throw error;
  }
}

async function connectBy({ target, command, as, wake }: Connect, ahead: Ahead): Promise<number> {
  const { user, name } = splitTarget(target);
  const { id, controller, directory } = await targetOf(name, await openControllers(as));
  const isOurs = ahead.folder === controller.folder.path;
  const asked = isOurs ? ahead.asked : undefined;
  const visit = controller.visit(warn, asked?.directory);
  const login = user === undefined ? [] : ["-l", user];
  const ssh = ["-F", controller.configFile, ...login, formatId(id), ...command];
  const session = async () => {
    const status = await reachAndRun();
    if (status === SSH_FAILED && !wake) await explain(controller, id, directory);
    return status;
  };
  const reachAndRun = async () => {
    await controller.prepare(directory);
    const reaching = reachOne(visit, directory, id);
    // For the next command, which goes by it only where no device need be woken; this one waits for nothing of it.
    const remember = async () => {
      if (visit.newest !== undefined && controller.bus === undefined)
        await settle(controller, visit.newest, version);
    };
    void reaching.then(remember).catch(() => undefined);
    const isKnown = (directory.devices[id.computer]?.hostKeys.length ?? 0) > 0;
    const mayGoAhead = !wake && isKnown && controller.bus === undefined;
    const foundDead = () => (asked?.shared ?? controller.shared).foundDead;
    const isElsewhere = () => visit.newest !== undefined && isMoved(id, directory, visit.newest);
    const isAstray = (session: Session) =>
      (isElsewhere() && !mayHaveBegun(session)) || (foundDead() && foundNobody(session));
    const goOn = (session: Session) => goAhead(session, ssh, reaching, isAstray);
    if (ahead.session !== undefined) {
      if (isOurs && mayGoAhead && ahead.goal?.device === formatId(id)) return goOn(ahead.session);
      ahead.session.stop();
      await ahead.session.ended;
    }
    if (mayGoAhead && (await isOnlyProxyOpen(controller, id, reaching))) return goOn(startSession(ssh));
    const { port } = await reaching;
    if (!wake) return runSession([...(port === undefined ? [] : ["-p", String(port)]), ...ssh]);
    visit.leave();
    return 0;
  };
  return await withCleanup(
    () => visit.end(),
    () => session().finally(() => visit.end()),
  );
}

/** Of a session that is over. */
async function explainTo({ target, as }: Connect): Promise<void> {
  const { id, controller, directory } = await targetOf(splitTarget(target).name, await openControllers(as));
  await explain(controller, id, directory);
}

/** To ssh, a device that has no tunnel is a proxy that hangs up. */
async function explain(controller: Controller, id: ComputerId, { devices }: Directory): Promise<void> {
  const port = devices[id.computer]?.port;
  if (port === undefined || (await controller.openPorts([port], new Map())).get(port) !== "down") return;
  warn(`${formatId(id)} does not answer: its tunnel is down`);
  process.stderr.write("hint: is it on, and online? there, warren-agent status says what its agent does\n");
}

type Reaching = Promise<Extract<Reached, { ok: true }>>;

const reachOne = async (visit: Visit, directory: Directory, id: ComputerId): Reaching => {
  const [reached] = await visit.reach(directory, [id]);
  if (reached === undefined || !reached.ok) throw reached?.failure;
  return reached;
};

/**
 * Whether the shared connection to the proxy stands, before it is known how reaching the device went. Over one to the
 * device ssh would be done before the proxy has said anything.
 */
async function isOnlyProxyOpen(
  { folder }: Controller,
  { computer }: ComputerId,
  reaching: Reaching,
): Promise<boolean> {
  const { sockets } = sshFilesOf(folder);
  if (sockets === undefined || sharedWith(sockets, computer).length > 0) return false;
  return proxyStandsBefore(sockets, reaching);
}

/** Whether a newer directory has another way to the device, or other keys for it. */
function isMoved({ computer }: ComputerId, before: Directory, now: Directory): boolean {
  const wayIn = ({ proxy, login, devices }: Directory) => [proxy, login, devices[computer]];
  return !isDeepStrictEqual(wayIn(before), wayIn(now));
}

/**
 * ssh takes many round trips to the device; meanwhile the proxy says whether there is a newer directory, by which it may
 * not go there, or not with these keys. That ends ssh, or has it start again. The latter also where the shared
 * connection turned out to be dead: ssh did not get through. What may have begun is never started again.
 */
async function goAhead(
  session: Session,
  ssh: readonly string[],
  reaching: Reaching,
  isAstray: (session: Session) => boolean,
): Promise<number> {
  const refusal = reaching.then(
    () => undefined,
    (error: unknown) => {
      session.stop();
      return error;
    },
  );
  const status = await session.ended;
  const refused = await refusal;
  if (refused !== undefined && status !== 0) throw refused;
  return status === SSH_FAILED && isAstray(session) ? runSession(ssh) : status;
}
