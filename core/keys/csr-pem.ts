import { trimmedLines } from "../lines.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** RSA of 4,096 bits and a page of extensions need 3,000. */
const LONGEST = 16_384;
const BLOCK = /^-----BEGIN ((?:NEW )?CERTIFICATE REQUEST)-----\n([^-]*)\n-----END \1-----$/;

/** The bytes of exactly one block, with nothing before or after it but blank lines. */
export function readPem(text: string): Parsed<Buffer> {
  if (text.trim() === "") return unparsed("is empty");
  if (text.length > LONGEST) return unparsed(`has ${text.length} characters; ${LONGEST} at most`);
  if (text.includes("PRIVATE KEY-----")) {
    return unparsed(
      "has a private key, which is no longer private; make a new pair and give the request alone",
    );
  }
  const trimmed = trimmedLines(text.replaceAll("\r\n", "\n")).join("\n");
  const [, , body] = BLOCK.exec(trimmed) ?? [];
  if (body === undefined) {
    const [first = ""] = trimmed.split("\n", 1);
    return unparsed(
      `is not one PEM block (its first line is ${quoted(first)}); give -----BEGIN CERTIFICATE REQUEST----- to -----END CERTIFICATE REQUEST-----`,
    );
  }
  const base64 = body.replaceAll("\n", "");
  const at = base64.search(/[^A-Za-z0-9+/=]/);
  if (at >= 0) return unparsed(`has ${quoted(base64.charAt(at))} in its base64`);
  const der = Buffer.from(base64, "base64");
  if (der.toString("base64") !== base64)
    return unparsed("has base64 that is cut off, or not in its one form");
  return parsed(der);
}

export function printPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE REQUEST-----", ...lines, "-----END CERTIFICATE REQUEST-----", ""].join(
    "\n",
  );
}
