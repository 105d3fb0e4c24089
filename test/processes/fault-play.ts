import { setTimeout as pause } from "node:timers/promises";
import { FaultScene } from "./fault-scene.ts";
import type { Fault, Recovery } from "./faults.ts";

/** Plays it on a scene of its own; the scene is gone afterwards. */
export async function playAlone(one: Fault): Promise<Recovery> {
  const scene = await FaultScene.set(one.set);
  try {
    if (one.set?.clock === undefined) await scene.untilReachable();
    return await playOn(scene, one);
  } finally {
    await scene.close();
  }
}

/** Fails where the device is not back in time, or where something is left over. */
export async function playOn(scene: FaultScene, one: Fault): Promise<Recovery> {
  const recovery = await one.play(scene);
  await scene.laptop.clear();
  const began = performance.now();
  for (let left = scene.leftovers(); left.length > 0; left = scene.leftovers()) {
    if (performance.now() - began > one.clean * 1000) {
      throw new Error(`left over after "${one.name}": ${left.join("; ")}\n${scene.agentLog.slice(-3_000)}`);
    }
    await pause(200);
  }
  return recovery;
}

/** For docs/faults.md. */
export function tableOf(seen: ReadonlyMap<Fault, Recovery>): string {
  const rows = [...seen].map(
    ([{ name, how, bound }, { back, seen: also }]) =>
      `| ${name} | ${how} | ${back.toFixed(1)} | ${bound} | ${also ?? ""} |`,
  );
  return [
    "| fault | how | back after (s) | at most (s) | also seen |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
