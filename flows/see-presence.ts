import type { ComputerId } from "../core/names.ts";
import type { Bus } from "../core/ports/bus.ts";
import { controlTopic, parseState, presenceTopic, stateTopic } from "../core/tunnel/messages.ts";
import { parsePresence } from "../core/tunnel/presence.ts";
import type { Stopwatch } from "./tunnel-driver.ts";

/** How a device was seen. `since`: seconds since 1970, by its own clock; left out where nobody knows. */
export interface Seen {
  readonly state: "connected" | "asleep" | "offline";
  readonly since?: number;
}

/** Retained messages come right behind the grant; this long after the last one there are no more. */
const QUIET = 400;
/** AWS IoT takes 100 messages a second of a connection. */
const ASKED_A_SECOND = 80;
const ANSWER_WITHIN = 2_000;
/** Not a word of the protocol: whatever a device doesn't know, it answers with its state, and stays asleep. */
const QUESTION = "state";

/**
 * How the devices of one system stand, by its name. One subscription brings all that the broker retains; whom it says
 * nothing of (AWS IoT gives a wildcard nothing retained) is asked, and is offline if it does not answer.
 */
export async function seePresence(
  bus: Bus,
  stopwatch: Stopwatch,
  devices: readonly ComputerId[],
): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  const [first] = devices;
  if (first === undefined) return seen;
  const every = (topic: (id: ComputerId) => string): string =>
    topic(first).replace(`/${first.computer}/`, "/+/");

  let last = stopwatch.now();
  await bus.subscribe(every(presenceTopic), (payload, topic) => {
    last = stopwatch.now();
    const presence = parsePresence(payload);
    if (presence === undefined) return;
    const { since } = presence;
    const state = presence.word === "offline" ? "offline" : presence.tunnel === "up" ? "connected" : "asleep";
    seen.set(computerIn(topic), { state, ...(since === undefined ? {} : { since }) });
  });
  last = stopwatch.now();
  while (stopwatch.now() - last < QUIET) await pause(stopwatch, QUIET - (stopwatch.now() - last));

  const silent = devices.filter(({ computer }) => !seen.has(computer));
  if (silent.length > 0) await ask(bus, stopwatch, silent, every(stateTopic), seen);
  for (const { computer } of silent) if (!seen.has(computer)) seen.set(computer, { state: "offline" });
  return seen;
}

async function ask(
  bus: Bus,
  stopwatch: Stopwatch,
  silent: readonly ComputerId[],
  filter: string,
  seen: Map<string, Seen>,
): Promise<void> {
  await bus.subscribe(filter, (payload, topic) => {
    const { word } = parseState(payload);
    const name = computerIn(topic);
    if (word !== "other" && seen.get(name)?.since === undefined)
      seen.set(name, { state: word === "connected" ? "connected" : "asleep" });
  });
  for (const id of silent) {
    await Promise.all([bus.publish(controlTopic(id), QUESTION), pause(stopwatch, 1000 / ASKED_A_SECOND)]);
  }
  const until = stopwatch.now() + ANSWER_WITHIN;
  while (stopwatch.now() < until && silent.some(({ computer }) => !seen.has(computer)))
    await pause(stopwatch, 50);
}

const computerIn = (topic: string): string => topic.split("/")[2] ?? "";

const pause = (stopwatch: Stopwatch, milliseconds: number): Promise<void> =>
  new Promise((done) => {
    stopwatch.after(Math.max(1, milliseconds), () => done());
  });
