import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type ForwardPlan, printForwardPlan, readForwardPlan } from "../../core/computer/saved-forward.ts";
import { Failure } from "../../core/failure.ts";
import { configFolder } from "./config.ts";
import { makeFolder } from "./make-folder.ts";
import { readInput } from "./read.ts";
import { writeSecret } from "./write.ts";

const folder = (): string => join(configFolder(), "forwards");
const fileOf = (name: string): string => join(folder(), `${name}.json`);

/** Saves a forward under its name, in the place of an older one: `<config>/warren/forwards/<name>.json`. */
export async function saveForward(name: string, plan: ForwardPlan): Promise<void> {
  makeFolder(folder(), 0o700);
  await writeSecret(fileOf(name), printForwardPlan(plan));
}

/** Undefined if none is saved under that name. */
export async function savedForward(name: string): Promise<ForwardPlan | undefined> {
  if (!(await savedNames()).includes(name)) return undefined;
  const plan = readForwardPlan(await readInput(fileOf(name)));
  if (!plan.ok) throw new Failure("usage", `${fileOf(name)} is invalid: ${plan.problem}`);
  return plan.value;
}

/** In the order of the alphabet. */
export async function savedNames(): Promise<readonly string[]> {
  const names = await readdir(folder()).catch(() => []);
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .sort();
}
