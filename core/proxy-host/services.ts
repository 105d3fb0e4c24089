import { readDirectory } from "../access/directory.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import type { Block } from "./marked-block.ts";

/** Names for the devices' ports, so that `ss` says `333.hula` where it would say 61333; from the directories in force. */
export function servicesBlock(directories: ReadonlyMap<string, string>): Parsed<Block> {
  const lines: string[] = [];
  for (const [system, text] of [...directories].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const directory = readDirectory(text);
    if (!directory.ok) return unparsed(`directory of ${system}: ${directory.problem}`);
    const devices = Object.entries(directory.value.devices).toSorted(([, a], [, b]) => a.port - b.port);
    for (const [device, { port }] of devices) lines.push(`${device}.${system}\t${port}/tcp`);
  }
  return parsed({ name: "ports of devices", lines, place: "last" });
}

export const noServices: Block = { name: "ports of devices", lines: [], place: "last" };
