import * as z from "zod";
import { label, readJson } from "../json.ts";
import type { Parsed } from "../place.ts";
import { isPamModule } from "./one-time-passwords.ts";

/** What `prepare` was told and what it found, kept on the host: drift is measured against it, `--remove` undoes it. */
export interface HostRecord {
  readonly format: 1;
  readonly realm: string;
  readonly proxy: string;
  readonly syncUser: string;
  /** Node's path in sudoers and in the sync's forced command. */
  readonly node: string;
  /** Whether the group `warren` was made here, or stood already. */
  readonly group: "made" | "found";
  readonly services: boolean;
  /** PAM's module that asks people for them, with its arguments; empty: none does. */
  readonly oneTimePasswords: string;
  /** SHA-256 of what root runs there and of what systemd reads, by path. */
  readonly sums: Readonly<Record<string, string>>;
}

export const printRecord = (record: HostRecord): string => {
  const { format, realm, proxy, syncUser, node, group, services, oneTimePasswords, sums } = record;
  const fields = { format, realm, proxy, syncUser, node, group, services, oneTimePasswords, sums };
  return `${JSON.stringify(fields, null, 2)}\n`;
};

export const readRecord = (text: string): Parsed<HostRecord> => readJson(shape, text, "host.json");

const shape: z.ZodType<HostRecord> = z.strictObject({
  format: z.literal(1),
  realm: label,
  proxy: label,
  syncUser: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "is no account name"),
  node: z.string().regex(/^\/[\w./+-]+$/, "is no path"),
  group: z.enum(["made", "found"]),
  services: z.boolean(),
  oneTimePasswords: z.string().refine((text) => text === "" || isPamModule(text), "is no PAM module"),
  sums: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, "is no SHA-256")),
});
