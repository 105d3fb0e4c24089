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
/** Whatever is heard: a device that never stops speaking must not keep whoever asks. */
const LONGEST = 10_000;
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

  const asked = new Set(devices.map(({ computer }): string => computer));
  let last = stopwatch.now();
  await bus.subscribe(ofAll(presenceTopic, first), (payload, topic) => {
    last = stopwatch.now();
    const presence = parsePresence(payload);
    if (presence === undefined || !asked.has(computerIn(topic))) return;
    const { since } = presence;
    const state = presence.word === "offline" ? "offline" : presence.tunnel === "up" ? "connected" : "asleep";
    seen.set(computerIn(topic), { state, ...(since === undefined ? {} : { since }) });
  });
  last = stopwatch.now();
  await quietBehind(stopwatch, () => last);

  const silent = devices.filter(({ computer }) => !seen.has(computer));
  const answers = await askStates(bus, stopwatch, silent);
  for (const [name, state] of answers)
    if (asked.has(name) && seen.get(name)?.since === undefined) seen.set(name, { state });
  for (const { computer } of silent) if (!seen.has(computer)) seen.set(computer, { state: "offline" });
  return seen;
}

/** Beside what a look at its port found: whom nobody needs says that it sleeps while its tunnel stands a little longer. */
export const seenWith = (seen: Seen, tunnel: "up" | "down" | undefined): Seen =>
  seen.state === "asleep" && tunnel === "up" ? { state: "connected" } : seen;

/** That topic of each device of the system that `id` belongs to. */
export const ofAll = (topic: (id: ComputerId) => string, id: ComputerId): string =>
  topic(id).replace(`/${id.computer}/`, "/+/");

/** Resolves once all that is retained was heard, or too much: `last` says when something was, last. */
export async function quietBehind(stopwatch: Stopwatch, last: () => number): Promise<void> {
  const until = stopwatch.now() + LONGEST;
  while (stopwatch.now() - last() < QUIET && stopwatch.now() < until)
    await pause(stopwatch, QUIET - (stopwatch.now() - last()));
}

/** What devices of one system answer, by name, to a question that wakes none; who is not there says nothing. */
export async function askStates(
  bus: Bus,
  stopwatch: Stopwatch,
  devices: readonly ComputerId[],
): Promise<ReadonlyMap<string, "connected" | "asleep">> {
  const answers = new Map<string, "connected" | "asleep">();
  const [first] = devices;
  if (first === undefined) return answers;
  const filter = ofAll(stateTopic, first);
  const heard = (payload: string, topic: string) => {
    const { word } = parseState(payload);
    if (word !== "other") answers.set(computerIn(topic), word === "connected" ? "connected" : "asleep");
  };
  await bus.subscribe(filter, heard);
  for (const id of devices) {
    await Promise.all([bus.publish(controlTopic(id), QUESTION), pause(stopwatch, 1000 / ASKED_A_SECOND)]);
  }
  const until = stopwatch.now() + ANSWER_WITHIN;
  while (stopwatch.now() < until && devices.some(({ computer }) => !answers.has(computer)))
    await pause(stopwatch, 50);
  bus.unsubscribe(filter, heard);
  return answers;
}

/** Of a topic of Warren's. */
export const computerIn = (topic: string): string => topic.split("/")[2] ?? "";

const pause = (stopwatch: Stopwatch, milliseconds: number): Promise<void> =>
  new Promise((done) => {
    stopwatch.after(Math.max(1, milliseconds), () => done());
  });
