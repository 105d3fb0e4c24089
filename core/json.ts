import * as z from "zod";
import { readKeyLine } from "./keys/key-line.ts";
import { parseComputerName } from "./names.ts";
import { type Parsed, parsed, unparsed } from "./place.ts";
import { type Instant, parseInstant } from "./time.ts";

/** Reads JSON of a known shape; `what` begins the problem: `bundle: manifest.sequence: expected number`. */
export function readJson<T>(shape: z.ZodType<T>, text: string, what: string): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unparsed(`${what} is no JSON`);
  }
  const read = shape.safeParse(json);
  if (read.success) return parsed(read.data);
  const [issue] = read.error.issues;
  return unparsed(`${what}: ${issue?.path.join(".") || "document"}: ${issue?.message ?? "is invalid"}`);
}

/** Shapes of values that several files hold. */
export const label = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, "is no name");
export const computerName = z.string().refine((text) => parseComputerName(text).ok, "is no computer name");
export const keyLine = z.string().refine((text) => readKeyLine(text).ok, "is no public key line");
/** A host stands in ssh's arguments and files: nothing that could be an option or hold a blank. */
export const host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, "is no host name or address");
/** An account on a device. */
export const account = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, "is no account name");
export const port = z.int().min(1).max(65_535);
export const instant = z.string().transform((text, check): Instant => {
  const read = parseInstant(text);
  if (read.ok) return read.value;
  check.addIssue({ code: "custom", message: read.problem });
  return z.NEVER;
});
