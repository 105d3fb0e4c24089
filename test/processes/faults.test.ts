import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pLimit from "p-limit";
import { LONG } from "../made/long.ts";
import { playAlone, playOn, tableOf } from "./fault-play.ts";
import { FaultScene } from "./fault-scene.ts";
import { type Fault, longFaults, type Recovery, shortFaults } from "./faults.ts";
import { canMakePlaces } from "./place.ts";
import { canHost } from "./stock-host.ts";

const programs = ["/usr/sbin/mosquitto", ...(LONG ? ["/usr/bin/faketime"] : [])];
const canPlay = canHost() && canMakePlaces() && programs.every((path) => existsSync(path));
/** They wait most of the time. */
const AT_ONCE = 4;
const LONGEST = 1_500_000;
const named = (faults: readonly Fault[]) => faults.map((fault) => [fault.name, fault] as const);
const seen = new Map<Fault, Recovery>();

(canPlay ? describe : describe.skip)("a device is back by itself, and nothing is left over, after:", () => {
  let scene: FaultScene;

  beforeAll(async () => {
    scene = await FaultScene.set();
    await scene.untilOnline();
  }, 60_000);
  afterAll(() => scene?.close());

  it.each(named(shortFaults))(
    "%s",
    async (_, fault) => {
      const recovery = await playOn(scene, fault);
      expect(recovery.back).toBeLessThanOrEqual(fault.bound);
      seen.set(fault, recovery);
    },
    120_000,
  );
});

(canPlay && LONG ? describe : describe.skip)(
  "a device is back by itself, and nothing is left over, after",
  () => {
    const recoveries = new Map<Fault, Promise<Recovery>>();

    beforeAll(() => {
      const limit = pLimit(AT_ONCE);
      for (const fault of longFaults) {
        const recovery = limit(() => playAlone(fault));
        // Each is awaited by its own test.
        recovery.catch(() => {});
        recoveries.set(fault, recovery);
      }
    });
    afterAll(() => {
      process.stdout.write(`\n${tableOf(seen)}\n\n`);
    });

    it.each(named(longFaults))(
      "%s",
      async (_, fault) => {
        const recovery = await recoveries.get(fault);
        expect(recovery?.back).toBeLessThanOrEqual(fault.bound);
        if (recovery !== undefined) seen.set(fault, recovery);
      },
      LONGEST,
    );
  },
);
