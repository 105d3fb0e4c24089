import { savedForward, savedNames, saveForward } from "../../adapters/files/forward-folder.ts";
import { canAsk } from "../../adapters/openssh/asking.ts";
import { mustBeFree } from "../../adapters/openssh/local-port.ts";
import { isOpenToOthers, parseForward, parseSocks, printForward } from "../../core/computer/forward.ts";
import { type ForwardPlan, parseForwardName } from "../../core/computer/saved-forward.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/quote.ts";
import { warn } from "../outcome.ts";
import { startInBackground } from "./forward-background.ts";
import { openProxyOf } from "./forward-device.ts";
import { keepForwards } from "./forward-keep.ts";
import { forwardOnce } from "./forward-once.ts";

/** Where from and what, as it was typed. */
export interface Asked {
  readonly target: string | undefined;
  readonly local: readonly string[];
  readonly remote: readonly string[];
  readonly socks: readonly string[];
}

export interface How {
  readonly as?: string;
  readonly background?: boolean;
  readonly once?: boolean;
  readonly save?: string;
  readonly name?: string;
}

/** Runs until it is told to end; with `background`, until it works. */
export async function forwardFrom(asked: Asked, how: How): Promise<void> {
  const { plan, saved } = await planOf(asked, how);
  const [first] = plan.forwards;
  const name = nameOf(how.name ?? how.save ?? saved ?? String(first.port));
  for (const way of plan.forwards) if (way.kind !== "remote") await mustBeFree(way.bind, way.port);
  if (how.save !== undefined) await saveForward(name, plan);
  for (const way of plan.forwards) {
    if (isOpenToOthers(way)) warn(`${printForward(way)} is open to whoever reaches that address`);
  }
  if (how.once === true) return forwardOnce(plan);
  if (how.background === true) {
    // Behind the terminal nobody can be asked.
    if (canAsk()) await openProxyOf(plan);
    return startInBackground(name);
  }
  return keepForwards(name, plan);
}

async function planOf(
  { target, local, remote, socks }: Asked,
  { as }: How,
): Promise<{ readonly plan: ForwardPlan; readonly saved?: string }> {
  if (target === undefined) {
    throw new Failure("usage", "forward needs a device and ports", {
      hint: "warren forward 333 8080:printer:80, or warren forward --list",
    });
  }
  const read = [
    ...local.map((text) => parseForward("local", text)),
    ...remote.map((text) => parseForward("remote", text)),
    ...socks.map(parseSocks),
  ];
  const forwards = read.map((one) => {
    if (!one.ok) throw new Failure("usage", one.problem);
    return one.value;
  });
  const [first, ...more] = forwards;
  if (first !== undefined) {
    return { plan: { target, ...(as === undefined ? {} : { as }), forwards: [first, ...more] } };
  }
  const plan = await savedForward(target);
  if (plan !== undefined) return { plan, saved: target };
  const names = await savedNames();
  throw new Failure("usage", `no forward is saved as ${quoted(target)}, and no ports are named`, {
    hint: names.length === 0 ? `warren forward ${target} 8080:printer:80` : `saved are ${names.join(", ")}`,
  });
}

function nameOf(text: string): string {
  const name = parseForwardName(text);
  if (name.ok) return name.value;
  throw new Failure("usage", name.problem);
}
