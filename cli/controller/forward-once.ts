import { serveOnce } from "../../adapters/openssh/once.ts";
import { describeForward } from "../../core/computer/forward.ts";
import type { ForwardPlan } from "../../core/computer/saved-forward.ts";
import { Failure } from "../../core/failure.ts";
import { withCleanup } from "../interrupt.ts";
import { warn } from "../outcome.ts";
import { openControllers } from "./controller.ts";
import { forwardDevice } from "./forward-device.ts";

/** Serves the first connection to one port, and ends with it. */
export async function forwardOnce(plan: ForwardPlan): Promise<void> {
  const [way, ...more] = plan.forwards;
  if (way.kind !== "local" || more.length > 0) {
    throw new Failure("usage", "--once is for one port that is brought here", {
      hint: "warren forward --once 333 8080:printer:80",
    });
  }
  const controllers = await openControllers(plan.as);
  const { device, reach } = await forwardDevice(plan, controllers);
  const stopping = new AbortController();
  let leave: () => Promise<void> = async () => {};
  const stop = async () => {
    stopping.abort();
    await leave();
  };
  await withCleanup(stop, async () => {
    try {
      const { visit, args } = await reach(stopping.signal);
      leave = () => visit.end();
      const ready = () => warn(`${describeForward(way, device)}, for one connection`);
      await serveOnce({ way, device, args, ready, signal: stopping.signal });
    } finally {
      await stop();
    }
  });
}
