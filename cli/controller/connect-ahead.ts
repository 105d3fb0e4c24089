import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { finishSuccession } from "../../adapters/files/successors.ts";
import { canAsk } from "../../adapters/openssh/asking.ts";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { type Session, startSession } from "../../adapters/openssh/session.ts";
import { sharedWith } from "../../adapters/openssh/shared.ts";
import { SharedConnections } from "../../adapters/openssh/shared-connections.ts";
import { socketFolder } from "../../adapters/openssh/sockets.ts";
import { proxyAlias, socketPath } from "../../core/computer/ssh-config.ts";
import { type Written, writtenDevice } from "../../core/computer/written.ts";
import { parseComputerId } from "../../core/names.ts";
import { version } from "../../package.json";
import { withCleanup } from "../interrupt.ts";
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
  /** The one device that is meant, where it is certain. */
  readonly goal?: Goal;
  /** An ssh to it, where the connection to the proxy stands, and none to the device. */
  readonly session?: Session;
  /** The status of an ssh that has ended: all is done, but to say why it failed. */
  readonly over?: number;
}

interface Goal {
  readonly device: string;
  /** What says so. */
  readonly by: Written;
  /** What ssh takes to run the session. */
  readonly ssh: readonly string[];
  readonly sockets: string;
  /** Whether a connection to it is shared: over that ssh would be done before the proxy has said whether it may go there. */
  readonly isShared: boolean;
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
  // Of several that are enrolled, each may know a device of the name, also one that no command was run by yet.
  const folder = onlyController(connect.as, "profile.json");
  const id = parseComputerId(basename(folder ?? ""));
  if (folder === undefined || !id.ok || !existsSync(join(folder, "ssh_config"))) return {};
  finishSuccession(folder);
  const sockets = socketFolder(folder);
  const goal = connect.wake ? undefined : goalOf(connect, folder, sockets);
  const mayGo = goal?.isShared === false && existsSync(socketPath(sockets));
  // First, for it takes longer.
  const session = mayGo ? startSessionTo(goal) : undefined;
  const asking = canAsk() ? { turn: join(folder, "proxy") } : undefined;
  const shared = new SharedConnections(() => sockets);
  const desk = new SshDesk(["-F", join(folder, "ssh_config"), proxyAlias(id.value)], asking, shared);
  const asked = { directory: desk.ask("directory"), shared };
  // Whoever needs the answer says what is wrong.
  asked.directory.catch(() => undefined);
  return {
    folder,
    asked,
    ...(goal === undefined ? {} : { goal }),
    ...(session === undefined ? {} : { session }),
  };
}

/** A device that need not be woken and has a pinned host key. */
function goalOf({ target, command }: Connect, folder: string, sockets: string): Goal | undefined {
  try {
    const { user, name } = splitTarget(target);
    const by = settledIn(folder, version);
    const device = by === undefined ? undefined : writtenDevice(name, by);
    if (by === undefined || device === undefined) return undefined;
    const login = user === undefined ? [] : ["-l", user];
    const ssh = ["-F", join(folder, "ssh_config"), ...login, device, ...command];
    const [computer = ""] = device.split(".");
    return { device, by, ssh, sockets, isShared: sharedWith(sockets, computer).length > 0 };
  } catch {
    return undefined;
  }
}

/** It ends with this process from its first moment, whoever goes on with it. */
export function startSessionTo({ ssh }: Goal): Session {
  const session = startSession(ssh);
  withCleanup(
    async () => session.stop(),
    () => session.ended,
  ).catch(() => undefined);
  return session;
}
