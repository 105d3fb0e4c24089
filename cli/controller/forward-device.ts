import type { ForwardPlan } from "../../core/computer/saved-forward.ts";
import { formatId } from "../../core/names.ts";
import type { Visit } from "../../flows/visit.ts";
import { warn } from "../outcome.ts";
import { type Controller, openControllers } from "./controller.ts";
import { splitTarget } from "./split-target.ts";
import { targetOf } from "./targets.ts";

/** The device that forwards go through. */
export interface ForwardDevice {
  /** Its id. */
  readonly device: string;
  /** Wakes it, for as long as the visit lasts; resolves with what ssh takes to get there, but for the name. */
  reach(signal: AbortSignal): Promise<{ readonly visit: Visit; readonly args: readonly string[] }>;
}

export async function forwardDevice(
  { target }: ForwardPlan,
  controllers: readonly Controller[],
): Promise<ForwardDevice> {
  const { user, name } = splitTarget(target);
  const { id, controller, directory } = await targetOf(name, controllers);
  return {
    device: formatId(id),
    async reach(signal) {
      const visit = controller.visit(warn);
      signal.addEventListener("abort", () => void visit.end(), { once: true });
      try {
        const [reached] = await visit.reach((await controller.knownNow()) ?? directory, [id]);
        if (reached === undefined || !reached.ok) throw reached?.failure;
        const port = reached.port === undefined ? [] : ["-p", String(reached.port)];
        const login = user === undefined ? [] : ["-l", user];
        return { visit, args: ["-F", controller.configFile, "-o", "BatchMode=yes", ...port, ...login] };
      } catch (error) {
        await visit.end();
        throw error;
      }
    },
  };
}

/** Opens the connection to the device's proxy, which stays for a minute: whoever is asked for something is asked now. */
export async function openProxyOf({ target, as }: ForwardPlan): Promise<void> {
  const controllers = await openControllers(as);
  const { controller, directory } = await targetOf(splitTarget(target).name, controllers);
  await controller.visit(warn).refresh(directory);
}
