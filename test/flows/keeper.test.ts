import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Answer } from "../../core/computer/keeper-words.ts";
import { IDLE, Keeper } from "../../flows/keeper.ts";
import { InMemoryBroker } from "../fixtures/in-memory-broker.ts";
import { MovedTime } from "../made/moved-time.ts";

const STATE = "atlas/hula/333/tunnel/state";

let time: MovedTime;
let broker: InMemoryBroker;
let keeper: Keeper;
let ended: number;

beforeEach(() => {
  time = new MovedTime();
  broker = new InMemoryBroker();
  ended = 0;
  keeper = new Keeper({
    broker,
    stopwatch: time,
    random: () => randomBytes(16),
    version: "1.2.3",
    end: () => {
      ended += 1;
    },
  });
});

function guest() {
  const said: Answer[] = [];
  return { ...keeper.welcome((answer) => void said.push(answer)), said };
}

describe("a controller's keeper", () => {
  it("says its version first, and ends when another version asks", () => {
    const { said, hear } = guest();
    expect(said).toEqual([{ kind: "keeper", version: "1.2.3" }]);
    hear({ kind: "retire" });
    expect(ended).toBe(1);
  });

  it("ends five minutes after its last guest", async () => {
    const [first, second] = [guest(), guest()];
    await time.pass(IDLE);
    first.gone();
    await time.pass(IDLE);
    expect(ended).toBe(0);
    second.gone();
    await time.pass(IDLE - 1);
    guest().gone();
    await time.pass(IDLE - 1);
    expect(ended).toBe(0);
    await time.pass(10_000);
    expect(ended).toBe(1);
  });

  it("ends the leases of a guest that goes, and no other's", async () => {
    const [first, second] = [guest(), guest()];
    first.hear({ kind: "take", devices: ["333.hula.atlas"] });
    second.hear({ kind: "take", devices: ["334.hula.atlas"] });
    await time.pass(100);
    first.gone();
    await time.pass(100);
    const disconnects = broker.published.filter((line) => line.includes("disconnect|"));
    expect(disconnects).toEqual([expect.stringMatching(/^atlas\/hula\/333\/tunnel\/control /)]);
  });

  it("leaves the leases of a guest that leaves them", async () => {
    const { hear, gone } = guest();
    hear({ kind: "take", devices: ["333.hula.atlas"] });
    await time.pass(100);
    hear({ kind: "leave" });
    gone();
    await time.pass(100);
    expect(broker.words).not.toContain("disconnect v2");
  });

  it("hears topics for a guest, until that goes", async () => {
    const { said, hear, gone } = guest();
    hear({ kind: "subscribe", n: 1, topic: STATE });
    await time.pass(1);
    await broker.publish(STATE, "one");
    await time.pass(1);
    gone();
    await broker.publish(STATE, "two");
    await time.pass(1);
    expect(said.slice(1)).toEqual([
      { kind: "done", n: 1 },
      { kind: "heard", n: 1, topic: STATE, payload: "one" },
    ]);
  });
});
