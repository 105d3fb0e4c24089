import * as z from "zod";
import { computerName, readJson } from "../json.ts";
import { printOneALine } from "../one-a-line.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";

/** What a proxy keeps for a computer to fetch: its own certificates for the broker, oldest first. */
export interface CertificateEntry {
  readonly certificate: string;
  readonly pem: string;
}

/** `certificates/<system>.json`: computer name → its certificates, one computer a line. */
export const printCertificates = (entries: ReadonlyMap<string, readonly CertificateEntry[]>): string =>
  `${printOneALine(new Map([...entries].map(([name, list]) => [name, list.map(entryOf)])))}\n`;

/** Reads what `printCertificates` prints, byte for byte. */
export function readCertificates(text: string): Parsed<ReadonlyMap<string, readonly CertificateEntry[]>> {
  const read = readJson(z.record(computerName, list), text, "certificates");
  if (!read.ok) return read;
  const entries = new Map(Object.entries(read.value));
  if (printCertificates(entries) !== text) return unparsed("certificates are not as warren prints them");
  return parsed(entries);
}

/** What the proxy answers to `certificate`: the computer's own line, without its name. */
export const readCertificateAnswer = (text: string): Parsed<readonly CertificateEntry[]> =>
  readJson(list, text, "certificates");

const entryOf = ({ certificate, pem }: CertificateEntry): CertificateEntry => ({ certificate, pem });

const list = z.array(
  z.strictObject({
    certificate: z.string().regex(/^[0-9a-f]{64}$/, "is no certificate id"),
    pem: z
      .string()
      .max(20_000)
      .regex(
        /^-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/=]{1,76}\n)+-----END CERTIFICATE-----\n?$/,
        "is no PEM certificate",
      ),
  }),
);
