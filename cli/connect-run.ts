import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { runSession, startSession } from "../adapters/openssh/session.ts";
import { sharedWith } from "../adapters/openssh/shared.ts";
import { sshFilesOf } from "../adapters/openssh/ssh-files.ts";
import type { Directory } from "../core/access/directory.ts";
import { socketPath } from "../core/computer/ssh-config.ts";
import { Failure } from "../core/failure.ts";
import { type ComputerId, formatId } from "../core/names.ts";
import { quoted } from "../core/quote.ts";
import type { Reached, Visit } from "../flows/visit.ts";
import { type Controller, openControllers } from "./controller.ts";
import { withCleanup } from "./interrupt.ts";
import { warn } from "./outcome.ts";
import { targetOf } from "./targets.ts";

const LOOK_EVERY = 5;
/** A session that ended later may have begun; ssh's ConnectTimeout is 8 s. */
const NOT_BEGUN_WITHIN = 10_000;
/** ssh's own failures. */
const SSH_FAILED = 255;

export interface Connect {
  /** `[user@]name` */
  readonly target: string;
  readonly command: readonly string[];
  readonly as: string | undefined;
  readonly wake: boolean;
}

/** Wakes the device and runs ssh on it; returns ssh's exit status. */
export async function connectTo({ target, command, as, wake }: Connect): Promise<number> {
  const { user, name } = splitTarget(target);
  const { id, controller, directory } = await targetOf(name, await openControllers(as));
  const visit = controller.visit(warn);
  const login = user === undefined ? [] : ["-l", user];
  const ssh = ["-F", controller.configFile, ...login, formatId(id), ...command];
  const session = async () => {
    await controller.prepare(directory);
    const reaching = reachOne(visit, directory, id);
    const isKnown = (directory.devices[id.computer]?.hostKeys.length ?? 0) > 0;
    const mayGoAhead = !wake && isKnown && controller.bus === undefined;
    if (mayGoAhead && (await isOnlyProxyOpen(controller, id, reaching))) {
      return goAhead(ssh, visit, reaching, controller);
    }
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
  const { sockets } = await sshFilesOf(folder);
  if (sockets === undefined || (await sharedWith(sockets, computer)).length > 0) return false;
  const settled = reaching.then(
    () => true,
    () => true,
  );
  while (!existsSync(socketPath(sockets))) {
    if (await Promise.race([settled, pause(LOOK_EVERY)])) return false;
  }
  return true;
}

/**
 * ssh takes many round trips to the device; meanwhile the proxy says whether there is a newer directory, by which it may
 * not go there, or not with these keys. That ends ssh, or has it start again. The latter also where the shared
 * connection turned out to be dead: ssh did not get through.
 */
async function goAhead(
  ssh: readonly string[],
  visit: Visit,
  reaching: Reaching,
  controller: Controller,
): Promise<number> {
  const began = performance.now();
  const session = startSession(ssh);
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
  if (status !== SSH_FAILED) return status;
  const isEarly = performance.now() - began < NOT_BEGUN_WITHIN;
  const again = visit.foundNewer || (isEarly && controller.foundDead);
  return again ? runSession(ssh) : status;
}

/** What ssh would take for an option, or for something else than an account, is refused. */
export function splitTarget(target: string): { readonly user: string | undefined; readonly name: string } {
  const at = target.lastIndexOf("@");
  const user = at < 0 ? undefined : target.slice(0, at);
  if (user !== undefined && !/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/.test(user)) {
    throw new Failure("usage", `account ${quoted(user)} is no account name`);
  }
  return { user, name: target.slice(at + 1) };
}
