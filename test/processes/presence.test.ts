import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { until } from "../made/running-sandbox.ts";
import { canRunMosquitto } from "./own-brokers.ts";
import { mosquittoWitness } from "./own-witness.ts";
import { type PresenceScene, setPresenceScene } from "./presence-scene.ts";
import { canHost } from "./stock-host.ts";

const canPlay = canRunMosquitto && canHost();
/** Seconds that a device which says nothing is waited for, where nobody knows that it is gone. */
const WAKE_TIMEOUT = 10;
const SINCE = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
const FENCE = "test/fence";

const idOf = (name: string) => `${name}.hula.atlas`;
/** What it says on stderr is kept. */
function listened(child: ChildProcess) {
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  return { child, said: () => text };
}

const stateIn = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    (JSON.parse(stdout) as { computer: string; state: string; tunnel: string }[]).map(
      ({ computer, state, tunnel }) => [computer.split(".")[0] ?? "", `${state}, tunnel ${tunnel}`],
    ),
  );

(canPlay ? describe : describe.skip)("devices that say they are there, by mosquitto as printed", () => {
  let scene: PresenceScene;
  let asleep: ChildProcess;
  const list = async () => stateIn((await scene.warren("list", "--json")).stdout);

  beforeAll(async () => {
    scene = await setPresenceScene(["asleep", "dead", "never", "up"]);
    asleep = await scene.startAgent("asleep");
    await scene.startAgent("up");
    const dead = await scene.startAgent("dead");
    scene.start("connect", "up", "--", "sleep", "353535353");
    const gone = once(dead, "exit");
    dead.kill("SIGKILL");
    await gone;
  }, 60_000);
  afterAll(() => scene?.close());

  it("are listed as connected, asleep and offline; one that was killed by its last will", async () => {
    await until(async () => ((await list()).up === "connected, tunnel up" ? true : undefined));
    expect(await list()).toEqual({
      asleep: "asleep, tunnel down",
      dead: "offline, tunnel down",
      never: "offline, tunnel down",
      up: "connected, tunnel up",
    });
    const { status, stdout, stderr } = await scene.warren("list");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const rows = stdout.split("\n").map((row) => row.replace(/port \d+ +/, "").replace(/ {2,}/g, "  "));
    for (const [index, row] of [
      `asleep  tunnel down  asleep since ${SINCE}  ssh`,
      "dead  tunnel down  offline  ssh",
      "never  tunnel down  offline  ssh",
      `up  tunnel up  connected since ${SINCE}  ssh`,
    ].entries())
      expect(rows[index]).toMatch(new RegExp(`^${row.replace(/^\S+/, (name) => idOf(name))}`));
  }, 60_000);

  it("are woken together by exec, which names at once who is gone, and does not wait until nobody answers", async () => {
    const { child, said } = listened(scene.start("exec", "*", "--json", "--", "true"));
    const began = performance.now();
    const seconds = new Map<string, number>();
    createInterface({ input: child.stdout as Readable }).on("line", (line) => {
      const { computer, outcome, failure } = JSON.parse(line);
      seconds.set(`${computer} ${failure?.message ?? outcome}`, (performance.now() - began) / 1000);
    });
    expect(await once(child, "close")).toEqual([1, null]);
    expect([...seconds.keys()].toSorted()).toEqual([
      "asleep.hula.atlas done",
      "dead.hula.atlas device dead.hula.atlas is offline",
      "never.hula.atlas device never.hula.atlas is offline: it never said it was there",
      "up.hula.atlas done",
    ]);
    expect(said()).toContain(
      "warren: 2 of 4 devices went well; 2 not reached: dead.hula.atlas, never.hula.atlas\n",
    );
    for (const after of seconds.values()) expect(after).toBeLessThan(WAKE_TIMEOUT);
  }, 60_000);

  it("end exec with 3 where all of them are gone", async () => {
    expect(await scene.warren("exec", "dead", "never", "--", "true")).toMatchObject({ status: 3 });
  }, 60_000);

  it("are offline by their own word after a good-bye, with its time", async () => {
    asleep.kill("SIGTERM");
    await once(asleep, "exit");
    const { status, stderr } = await scene.warren("connect", "asleep", "--", "true");
    expect(stderr).toMatch(
      new RegExp(`^warren: device asleep\\.hula\\.atlas is offline since ${SINCE}$`, "m"),
    );
    expect(status).toBe(3);
  }, 60_000);
});

/** More than a broker queues by itself for one who asks; a system holds 4,000. */
const OTHERS = Array.from({ length: 1_500 }, (_, index) => `d${index}`);

(canPlay ? describe : describe.skip)(
  `${OTHERS.length} devices of one system that are gone, and one asleep`,
  () => {
    let scene: PresenceScene;

    beforeAll(async () => {
      // Behind all others, it is the last to have its turn.
      scene = await setPresenceScene(["z"], OTHERS);
      await scene.startAgent("z");
      const witness = await mosquittoWitness(scene.broker.folder);
      for (const name of OTHERS)
        await witness.client.say(`atlas/hula/${name}/tunnel/presence`, "offline|v=2|boot=a", true);
      witness.client.leave();
    }, 60_000);
    afterAll(() => scene?.close());

    it("are listed by one subscription, and nobody is asked", async () => {
      const witness = await mosquittoWitness(scene.broker.folder);
      const began = performance.now();
      const states = stateIn((await scene.warren("list", "--json")).stdout);
      expect((performance.now() - began) / 1000).toBeLessThan(5);
      expect(states).toEqual({
        ...Object.fromEntries(OTHERS.map((name) => [name, "offline, tunnel down"])),
        z: "asleep, tunnel down",
      });
      await witness.client.say(FENCE, "fence");
      const heard = await witness.client.before("fence");
      witness.client.leave();
      expect(heard?.filter((line) => /\/tunnel\/(control|state) /.test(line))).toEqual([]);
    }, 60_000);

    it("do not keep exec from waking the one", async () => {
      const began = performance.now();
      const { status, stderr } = await scene.warren("exec", "*", "--", "true");
      expect(stderr).toContain(
        `\nwarren: 1 of ${OTHERS.length + 1} devices went well; ${OTHERS.length} not reached: `,
      );
      expect(status).toBe(1);
      expect((performance.now() - began) / 1000).toBeLessThan(WAKE_TIMEOUT);
    }, 60_000);
  },
);
