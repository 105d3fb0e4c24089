import { runSession } from "../adapters/openssh/session.ts";
import { Failure } from "../core/failure.ts";
import { formatId } from "../core/names.ts";
import { quoted } from "../core/quote.ts";
import { openControllers } from "./controller.ts";
import { withCleanup } from "./interrupt.ts";
import { warn } from "./outcome.ts";
import { targetOf } from "./targets.ts";

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
  const controllers = await openControllers(as);
  const { id, controller, directory } = await targetOf(name, controllers);
  const visit = controller.visit(warn);
  const session = async () => {
    const [reached] = await visit.reach(directory, [id]);
    if (reached === undefined || !reached.ok) throw reached?.failure;
    if (wake) {
      visit.leave();
      return 0;
    }
    const port = reached.port === undefined ? [] : ["-p", String(reached.port)];
    const login = user === undefined ? [] : ["-l", user];
    return runSession(["-F", controller.configFile, ...port, ...login, formatId(id), ...command]);
  };
  return await withCleanup(
    () => visit.end(),
    async () => {
      try {
        return await session();
      } finally {
        await visit.end();
      }
    },
  );
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
