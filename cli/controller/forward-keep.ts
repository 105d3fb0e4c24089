import { setTimeout as pause } from "node:timers/promises";
import { openForwards } from "../../adapters/openssh/forwards.ts";
import { answerAs } from "../../adapters/processes/named.ts";
import { describeForward, printForward, sshForward } from "../../core/computer/forward.ts";
import type { ForwardPlan } from "../../core/computer/saved-forward.ts";
import { printable } from "../../core/quote.ts";
import { type ForwardState, KeptForwards } from "../../flows/keep-forwards.ts";
import { withCleanup } from "../interrupt.ts";
import { warn } from "../outcome.ts";
import { openControllers } from "./controller.ts";
import { forwardDevice } from "./forward-device.ts";
import { forwardSockets, type RunningForward } from "./forward-list.ts";
import { sparingly } from "./sparingly.ts";

/** Keeps the forwards up until somebody ends this process, or `--stop`s it by its name. */
export async function keepForwards(name: string, plan: ForwardPlan): Promise<void> {
  const controllers = await openControllers(plan.as);
  const { device, reach } = await forwardDevice(plan, controllers);
  let state: RunningForward["state"] = "opening";
  let since = new Date();
  const tell = (now: ForwardState) => {
    if (state !== now.kind) since = new Date();
    // While it comes back it is down for whoever asks.
    if (now.kind !== "opening" || state === "opening") state = now.kind;
    if (now.kind === "up") for (const way of plan.forwards) warn(describeForward(way, device));
    if (now.kind === "down") warn(`${printable(now.why)}; trying again`);
  };
  const kept = new KeptForwards({
    open: async (signal) => {
      const { visit, args } = await reach(signal);
      try {
        const opened = await openForwards({ device, args, forwards: plan.forwards, heard });
        return { ended: opened.ended, close: () => both(opened.close(), visit.end()) };
      } catch (error) {
        await visit.end();
        throw error;
      }
    },
    pause: (milliseconds, signal) => pause(milliseconds, undefined, { signal }).catch(() => undefined),
    random: Math.random,
    tell,
  });
  const status = (): RunningForward => ({
    name,
    computer: device,
    forwards: plan.forwards.map((way) => `${sshForward(way)[0]} ${printForward(way)}`),
    state,
    since: since.toISOString(),
    process: process.pid,
  });
  const stop = () => kept.stop();
  const unname = await answerAs(forwardSockets(), name, { status, stop: () => void stop() });
  try {
    await withCleanup(
      () => both(stop(), Promise.resolve(unname())),
      () => kept.run(),
    );
  } finally {
    unname();
  }
}

const both = async (one: Promise<void>, other: Promise<void>): Promise<void> => {
  await Promise.all([one, other]);
};

const complain = sparingly(warn);

/** As ssh itself would show it: that a host behind the device refused, for example. */
const heard = (text: string): void => {
  for (const line of text.split(/\r?\n/)) if (line !== "") complain(printable(line));
};
