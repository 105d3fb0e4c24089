import * as z from "zod";
import { isBrokerPath } from "../access/manifest.ts";
import { computerName, label, readJson } from "../json.ts";
import { printOneALine } from "../one-a-line.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";

/**
 * Who of one system holds certificates for the broker: `broker/<system>.json` in the generations of the hosts that the
 * broker runs on. It holds names and ids, no rules: what they may do, the host derives itself.
 */
export interface Holders {
  readonly format: 1;
  readonly realm: string;
  readonly system: string;
  readonly clientIdSuffix: string;
  /** Whether devices may publish their presence. */
  readonly presence: boolean;
  /** Computer name → ids of its certificates, the oldest first. */
  readonly computers: Readonly<Record<string, readonly string[]>>;
  /** The same of those that are refused for ever. */
  readonly revoked: Readonly<Record<string, readonly string[]>>;
}

export function printHolders({ computers, revoked, ...head }: Holders): string {
  const { format, realm, system, clientIdSuffix, presence } = head;
  const fields: readonly (readonly [string, string])[] = [
    ...Object.entries({ format, realm, system, clientIdSuffix, presence }).map(
      ([field, value]) => [field, JSON.stringify(value)] as const,
    ),
    ["computers", printOneALine(new Map(Object.entries(computers)), "  ")],
    ["revoked", printOneALine(new Map(Object.entries(revoked)), "  ")],
  ];
  return `{\n${fields.map(([field, value]) => `  "${field}": ${value}`).join(",\n")}\n}\n`;
}

/** Reads what `printHolders` prints, byte for byte: the sender is not trusted. */
export function readHolders(text: string): Parsed<Holders> {
  const read = readJson(shape, text, "broker's holders");
  if (!read.ok) return read;
  if (printHolders(read.value) !== text) return unparsed("broker's holders are not as warren prints them");
  return parsed(read.value);
}

/** Ids of all certificates that the rules in these files let in; what is none of those files, or no longer reads, counts for nothing. */
export function certificatesIn(files: ReadonlyMap<string, string>): ReadonlySet<string> {
  const reads = [...files].filter(([path]) => isBrokerPath(path)).map(([, text]) => readHolders(text));
  return new Set(reads.flatMap((read) => (read.ok ? Object.values(read.value.computers).flat() : [])));
}

const certificates = z.array(z.string().regex(/^[0-9a-f]{64}$/, "is no certificate id")).min(1);

const shape: z.ZodType<Holders> = z.strictObject({
  format: z.literal(1),
  realm: label,
  system: label,
  clientIdSuffix: z.string().regex(/^[A-Za-z0-9.-]{0,60}$/, "is no suffix of a client id"),
  presence: z.boolean(),
  computers: z.record(computerName, certificates),
  revoked: z.record(computerName, certificates),
});
