import * as z from "zod";
import { account, host, instant, keyLine, label, port, readJson } from "../json.ts";
import { parseComputerName, type Role, roleOf } from "../names.ts";
import { printOneALine } from "../one-a-line.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import type { Instant } from "../time.ts";

/**
 * What the computers of one system must know of each other: `directory/<system>.json` on the proxy, with
 * `directory/<system>.json.sig` beside it. Computers use nothing of it before the signature is verified, and never
 * one with a lower sequence than they have seen.
 */
export interface Directory {
  readonly format: 1;
  readonly realm: string;
  readonly system: string;
  /** The highest among the system's records, and that of its line in registry.json. */
  readonly sequence: number;
  /** Where this system's tunnels end; after a move the old proxy goes on serving this. */
  readonly proxy: {
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly hostKeys: readonly string[];
  };
  /** Accounts that controllers may use on devices. */
  readonly login: readonly string[];
  readonly legacy: boolean;
  /** Computer name → what the others need; sorted by name, one computer a line. */
  readonly devices: Readonly<Record<string, DeviceEntry>>;
  readonly controllers: Readonly<Record<string, ControllerEntry>>;
}

export interface DeviceEntry {
  readonly port: number;
  /** Host public key lines, without comments; a device without any can't be connected to. */
  readonly hostKeys: readonly string[];
}

export interface ControllerEntry {
  readonly keys: readonly { readonly key: string; readonly end?: Instant }[];
}

/** The exact text that is signed and served: the same directory gives the same bytes. */
export function printDirectory(directory: Directory): string {
  const { format, realm, system, sequence, proxy, login, legacy } = directory;
  const { name, host, port, hostKeys } = proxy;
  const devices = Object.entries(directory.devices).map(
    ([device, { port, hostKeys }]) => [device, { port, hostKeys }] as const,
  );
  const controllers = Object.entries(directory.controllers).map(
    ([controller, { keys }]) =>
      [
        controller,
        { keys: keys.map(({ key, end }) => (end === undefined ? { key } : { key, end })) },
      ] as const,
  );
  const fields: readonly (readonly [string, string])[] = [
    ["format", JSON.stringify(format)],
    ["realm", JSON.stringify(realm)],
    ["system", JSON.stringify(system)],
    ["sequence", JSON.stringify(sequence)],
    ["proxy", JSON.stringify({ name, host, port, hostKeys })],
    ["login", JSON.stringify(login)],
    ["legacy", JSON.stringify(legacy)],
    ["devices", printOneALine(new Map(devices), "  ")],
    ["controllers", printOneALine(new Map(controllers), "  ")],
  ];
  return `{\n${fields.map(([field, value]) => `  "${field}": ${value}`).join(",\n")}\n}\n`;
}

/** Reads what `printDirectory` prints, byte for byte; check the signature over the same text first. */
export function readDirectory(text: string): Parsed<Directory> {
  const read = readJson(shape, text, "directory");
  if (!read.ok) return read;
  const directory: Directory = read.value;
  // Doubled keys and other spellings of the same values end here.
  if (printDirectory(directory) !== text) return unparsed("directory is not as warren prints it");
  return parsed(directory);
}

/** A newer directory, or one of the same sequence, takes the place of the one that was seen; an older one never. */
export function acceptDirectory(next: Directory, seen: Directory | undefined): Parsed<Directory> {
  if (seen === undefined) return parsed(next);
  for (const name of ["realm", "system"] as const) {
    if (next[name] !== seen[name]) {
      return unparsed(
        `directory is of ${name} ${JSON.stringify(next[name])}; ${JSON.stringify(seen[name])} is ours`,
      );
    }
  }
  if (next.sequence < seen.sequence) {
    return unparsed(`directory has sequence ${next.sequence}; ${seen.sequence} was seen already`);
  }
  return parsed(next);
}

const computer = (role: Role) =>
  z.string().refine((text) => {
    const name = parseComputerName(text);
    return name.ok && roleOf(name.value) === role;
  }, `is no name of a ${role}`);

const shape = z.strictObject({
  format: z.literal(1),
  realm: label,
  system: label,
  sequence: z.int().min(0),
  proxy: z.strictObject({ name: label, host, port, hostKeys: z.array(keyLine) }),
  login: z.array(account),
  legacy: z.boolean(),
  devices: z.record(computer("device"), z.strictObject({ port, hostKeys: z.array(keyLine) })),
  controllers: z.record(
    computer("controller"),
    z.strictObject({
      keys: z.array(
        z.union([z.strictObject({ key: keyLine }), z.strictObject({ key: keyLine, end: instant })]),
      ),
    }),
  ),
});
