import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { finishSuccession } from "../../adapters/files/successors.ts";
import { canAsk } from "../../adapters/openssh/asking.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { type Session, startSession } from "../../adapters/openssh/session.ts";
import { SharedConnections } from "../../adapters/openssh/shared-connections.ts";
import { socketFolder } from "../../adapters/openssh/sockets.ts";
import { deviceSockets, proxyAlias, socketPath } from "../../core/computer/ssh-config.ts";
import { type Written, writtenDevice } from "../../core/computer/written.ts";
import { parseComputerId } from "../../core/names.ts";
import { onlyController } from "./only-controller.ts";
import type { Connect } from "./plain-connect.ts";
import { settledIn } from "./settled.ts";
import { splitTarget } from "./split-target.ts";

/** What a command has begun before the rest of it was loaded. */
export interface Ahead {
  /** Whose profile it was begun by. */
  readonly folder?: string;
  /** The proxy's answer to `directory`, and what asking found out. */
  readonly asked?: { readonly directory: Promise<string>; readonly shared: SharedConnections };
  /** An ssh to a device, where the connection to the proxy stands, and what it goes by. */
  readonly session?: Session & { readonly device: string; readonly by: Written };
}

/**
 * Begins what takes long, by the files that the last commands left here: to load the rest of this one takes as long as
 * a login. They say no more than the directory that this account verified last, and whoever could write them could as
 * well replace its keys. What they don't say for certain is left to the whole command.
 * Waits for nothing, not even for a file: each turn of the event loop at a program's start costs a millisecond.
 */
export function connectAhead(connect: Connect): Ahead {
  // Windows' ssh shares no connections.
  if (process.platform === "win32") return {};
  const folder = onlyController(connect.as, "ssh_config");
  const id = parseComputerId(basename(folder ?? ""));
  if (folder === undefined || !id.ok) return {};
  finishSuccession(folder);
  const sockets = socketFolder(folder);
  const stands = existsSync(socketPath(sockets));
  // First, for it takes longer.
  const session = connect.wake || !stands ? undefined : sessionAhead(connect, folder, sockets);
  const asking = canAsk() ? { turn: join(folder, "proxy") } : undefined;
  const shared = new SharedConnections(() => sockets);
  const desk = new SshDesk(["-F", join(folder, "ssh_config"), proxyAlias(id.value)], asking, shared);
  const asked = { directory: desk.ask("directory"), shared };
  // Whoever needs the answer says what is wrong.
  asked.directory.catch(() => undefined);
  return session === undefined ? { folder, asked } : { folder, asked, session };
}

/**
 * Only to a device that need not be woken, that has a pinned host key, and that no connection is shared with: over one
 * ssh would be done before the proxy has said whether it may go there.
 */
function sessionAhead({ target, command }: Connect, folder: string, sockets: string): Ahead["session"] {
  try {
    const { user, name } = splitTarget(target);
    const by = settledIn(folder);
    const device = by === undefined ? undefined : writtenDevice(name, by);
    if (by === undefined || device === undefined) return undefined;
    const [computer = ""] = device.split(".");
    const isShared = (socket: string) => join(sockets, socket).startsWith(deviceSockets(sockets, computer));
    if (readdirSync(sockets).some(isShared)) return undefined;
    const login = user === undefined ? [] : ["-l", user];
    const session = startSession(["-F", join(folder, "ssh_config"), ...login, device, ...command]);
    session.ended.catch(() => undefined);
    return { device, by, ...session };
  } catch {
    return undefined;
  }
}
