import { describe, expect, it } from "@jest/globals";
import { type ComputerId, parseComputerId } from "../../core/names.ts";
import type { Bus } from "../../core/ports/bus.ts";
import { seenWith, seePresence } from "../../flows/see-presence.ts";
import { InMemoryBroker } from "../fixtures/in-memory-broker.ts";

const idOf = (name: string): ComputerId => {
  const id = parseComputerId(`${name}.hula.atlas`);
  if (!id.ok) throw new Error(id.problem);
  return id.value;
};
const topic = (name: string, leaf: string): string => `atlas/hula/${name}/tunnel/${leaf}`;

/** A thousand times as fast as a watch. */
const stopwatch = {
  now: () => performance.now() * 1000,
  after: (milliseconds: number, act: () => void) => {
    const timer = setTimeout(act, milliseconds / 1000);
    return () => clearTimeout(timer);
  },
};

describe("seePresence", () => {
  it("lists a thousand devices by one subscription, where the broker retains", async () => {
    const broker = new InMemoryBroker();
    const ids = Array.from({ length: 1000 }, (_, index) => idOf(`d${index}`));
    for (const [index, { computer }] of ids.entries()) {
      const word = index % 2 === 0 ? "online|v=2|boot=a|tunnel=up|since=7" : "offline|v=2|boot=a";
      broker.retained.set(topic(computer, "presence"), word);
    }
    const seen = await broker.lend((bus) => seePresence(bus, stopwatch, ids));
    expect(seen.size).toBe(1000);
    expect(seen.get("d0")).toEqual({ state: "connected", since: 7 });
    expect(seen.get("d1")).toEqual({ state: "offline" });
    expect(broker.connections).toEqual([1]);
    expect(broker.published).toEqual([]);
  });

  it.each([
    ["asleep", "up", { state: "connected" }],
    ["asleep", "down", { state: "asleep", since: 7 }],
    ["asleep", undefined, { state: "asleep", since: 7 }],
    ["offline", "up", { state: "offline", since: 7 }],
  ] as const)(
    "says of a device that is %s, and whose tunnel is %s, what holds of both",
    (state, tunnel, both) => {
      expect(seenWith({ state, since: 7 }, tunnel)).toEqual(both);
    },
  );

  it("asks those that a wildcard brings nothing of; who does not answer is offline", async () => {
    const broker = new InMemoryBroker();
    for (const [name, state] of [
      ["333", "disconnected"],
      ["334", "connected|port=61334"],
    ] as const)
      broker.listen(topic(name, "control"), () => void broker.publish(topic(name, "state"), state));
    const ids = ["333", "334", "335"].map(idOf);
    const seen = await broker.lend((bus: Bus) => seePresence(bus, stopwatch, ids));
    expect(Object.fromEntries(seen)).toEqual({
      333: { state: "asleep" },
      334: { state: "connected" },
      335: { state: "offline" },
    });
    expect(broker.connections).toEqual([2]);
  });
});
