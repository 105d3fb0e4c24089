import * as z from "zod";
import { instant, label, readJson } from "../json.ts";
import { parseSystemName } from "../names.ts";
import { printOneALine } from "../one-a-line.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import type { SystemEntries, SystemEntry } from "./system-entry.ts";

/** `registry.json` at the root of the branch: every commit raises its sequence. */
export interface RegistryHead {
  readonly format: 1;
  readonly sequence: number;
  /** What no computer's record can hold; left out where there is nothing. */
  readonly systems?: SystemEntries;
}

/** Keys in a fixed order, one system a line. */
export function printRegistryHead({ format, sequence, systems = new Map() }: RegistryHead): string {
  const fields = [`"format": ${format}`, `"sequence": ${sequence}`];
  if (systems.size > 0) {
    const entries = new Map([...systems].map(([name, entry]) => [name, inOrder(entry)]));
    fields.push(`"systems": ${printOneALine(entries, "  ")}`);
  }
  return `{\n${fields.map((field) => `  ${field}`).join(",\n")}\n}\n`;
}

const inOrder = ({ proxy, sequence, about, left }: SystemEntry): SystemEntry => ({
  proxy,
  sequence,
  about,
  left: left.map(({ proxy, until }) => ({ proxy, until })),
});

/** Reads what `printRegistryHead` prints; blanks and line breaks don't matter, order and doubled keys do. */
export function readRegistryHead(text: string): Parsed<RegistryHead & { readonly systems: SystemEntries }> {
  const read = readJson(shape, text, "registry.json");
  if (!read.ok) return read;
  const { format, sequence, systems = {} } = read.value;
  const head = { format, sequence, systems: new Map(Object.entries(systems)) };
  for (const [name, entry] of head.systems) {
    const problem = misfitOf(entry, sequence);
    if (problem !== undefined) return unparsed(`registry.json: systems.${name} ${problem}`);
  }
  // No value of this file holds a blank.
  if (bare(printRegistryHead(head)) !== bare(text))
    return unparsed("registry.json is not as warren prints it: keys in order, each once");
  return parsed(head);
}

const bare = (text: string): string => text.replace(/[ \t\r\n]/g, "");

function misfitOf({ proxy, sequence, left }: SystemEntry, newest: number): string | undefined {
  if (sequence > newest) return `has sequence ${sequence}; the registry's is ${newest}`;
  const names = left.map((one) => one.proxy);
  if (names.includes(proxy)) return `stands on proxy ${JSON.stringify(proxy)}, and has left it`;
  const sorted = names.every((name, index) => index === 0 || name > (names[index - 1] ?? ""));
  return sorted ? undefined : "has left proxies that are not sorted, each once";
}

const sequence = z.int().min(0);

const entry: z.ZodType<SystemEntry> = z.strictObject({
  proxy: label,
  sequence,
  about: z.string().regex(/^[0-9a-f]{64}$/, "is no SHA-256"),
  left: z.array(z.strictObject({ proxy: label, until: instant })),
});

const shape = z.strictObject({
  format: z.literal(1),
  sequence,
  systems: z.exactOptional(
    z.record(
      z.string().refine((text) => parseSystemName(text).ok, "is no system name"),
      entry,
    ),
  ),
});
