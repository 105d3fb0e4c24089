import { readInput } from "../../adapters/files/read.ts";
import type { Directory } from "../../core/access/directory.ts";
import { type Found, findDevice, findDevices } from "../../core/computer/find-device.ts";
import { type NamedTarget, readTargetFile } from "../../core/computer/target-file.ts";
import { Failure } from "../../core/failure.ts";
import { type ComputerId, formatId, parseComputerName } from "../../core/names.ts";
import { formatPlace, type Place } from "../../core/place.ts";
import { quoted } from "../../core/quote.ts";
import { warn } from "../outcome.ts";
import type { Controller } from "./controller.ts";

/** One device, and the controller that may reach it. */
export interface Target {
  readonly id: ComputerId;
  readonly controller: Controller;
  readonly directory: Directory;
}

/** The one device that `name` stands for. */
export async function targetOf(name: string, controllers: readonly Controller[]): Promise<Target> {
  const [target] = await new Search(controllers).find(name, findDevice);
  return target;
}

/** All devices that any of the names, globs, systems and `@file`s of such stand for, each once. */
export async function targetsOf(
  names: readonly string[],
  controllers: readonly Controller[],
): Promise<readonly Target[]> {
  const search = new Search(controllers);
  const targets = new Map<string, Target>();
  const problems: string[] = [];
  const named = await Promise.all(
    names.map(
      async (name): Promise<readonly Named[]> =>
        name.startsWith("@") ? targetFile(name.slice(1)) : [{ name }],
    ),
  );
  for (const { name, place } of named.flat()) {
    try {
      for (const target of await search.find(name, findDevices)) targets.set(formatId(target.id), target);
    } catch (error) {
      if (place === undefined || !(error instanceof Failure) || error.code !== "usage") throw error;
      const hint = error.hint === undefined ? "" : ` (${error.hint})`;
      problems.push(`${formatPlace(place)} ${error.message}${hint}`);
    }
  }
  if (problems.length > 0) throw new Failure("usage", problems.join("\n"));
  return [...targets.values()];
}

/** `place`: where in a file it stands. */
type Named = Pick<NamedTarget, "name"> & { readonly place?: Place };

async function targetFile(path: string): Promise<readonly NamedTarget[]> {
  const read = readTargetFile(await readInput(path), path);
  if (read.ok) return read.targets;
  throw new Failure("usage", read.problems.join("\n"));
}

type Finder = (name: string, targets: readonly Target[]) => Found<Target>;

/** Looks among the devices that are known, and asks the proxies for newer directories only for a name that is not, once. */
class Search {
  readonly #controllers: readonly Controller[];
  readonly #known: readonly Target[];
  #fresh: Promise<readonly Target[]> | undefined;

  constructor(controllers: readonly Controller[]) {
    this.#controllers = controllers;
    this.#known = targetsIn(
      controllers.map(({ known }) => known),
      controllers,
    );
  }

  async find(name: string, finder: Finder): Promise<readonly [Target, ...Target[]]> {
    const known = finder(name, this.#known);
    if (known.kind === "found") return known.devices;
    this.#fresh ??= this.#ask();
    const found = finder(name, await this.#fresh);
    if (found.kind === "found") return found.devices;
    if (found.kind === "ambiguous") {
      throw new Failure(
        "usage",
        `${quoted(name)} is the name of ${found.ids.length} devices: ${found.ids.join(", ")}`,
      );
    }
    const hint = found.close.length === 0 ? "warren list shows all" : `perhaps ${found.close.join(", or ")}`;
    throw new Failure("usage", `no device ${quoted(name)} in ${this.#controllers.map(systemOf).join(", ")}`, {
      hint,
    });
  }

  async #ask(): Promise<readonly Target[]> {
    const fresh = await Promise.all(this.#controllers.map((controller) => newest(controller)));
    return targetsIn(fresh, this.#controllers);
  }
}

/** With the controllers' directories, one for each. */
function targetsIn(
  directories: readonly (Directory | undefined)[],
  controllers: readonly Controller[],
): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const [index, controller] of controllers.entries()) {
    const directory = directories[index];
    for (const target of directory === undefined ? [] : devicesOf(controller, directory)) {
      // Two controllers of one system in one account see the same devices: the first one serves.
      if (!targets.has(formatId(target.id))) targets.set(formatId(target.id), target);
    }
  }
  return [...targets.values()];
}

/** The devices of a directory, in the order of their names. */
export const devicesOf = (controller: Controller, directory: Directory): readonly Target[] =>
  Object.keys(directory.devices)
    .sort()
    .flatMap((text) => {
      const computer = parseComputerName(text);
      const { system, realm } = controller.id;
      return computer.ok ? [{ id: { computer: computer.value, system, realm }, controller, directory }] : [];
    });

const newest = (controller: Controller, tell = warn): Promise<Directory> =>
  controller.visit(tell).refresh(controller.known);

/** The newest directory; the last one that was seen where the proxy does not answer. */
export async function newestOrKnown(controller: Controller, tell = warn): Promise<Directory> {
  try {
    return await newest(controller, tell);
  } catch (error) {
    const { known } = controller;
    if (known === undefined || !(error instanceof Failure)) throw error;
    tell(`${error.message}; this is from the directory of sequence ${known.sequence}`);
    return known;
  }
}

const systemOf = ({ id }: Controller): string => `${id.system}.${id.realm}`;
