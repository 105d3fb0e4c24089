import { roleOf } from "../names.ts";
import { Form, type Run, run } from "./form.ts";
import type { ComputerRecord } from "./record.ts";

/** What the values of a record may look like: one grammar for both its readers. */

const HEX = "0-9a-f";
const BASE64 = "A-Za-z0-9+/";
const literal = (text: string): Run[] => [...text].map((letter) => run(letter, 1));

export const FINGERPRINT = new Form(...literal("SHA256:"), run(BASE64, 43));
export const DIGEST = new Form(...literal("sha256:"), run(HEX, 64));
export const HEX64 = new Form(run(HEX, 64));
export const KEY = new Form(run("a-z0-9@.-", 3, 64), run(" ", 1), run(BASE64, 16, 4096), run("=", 0, 2));
/** Printable, without a quote, a backslash or a blank. */
export const ARN = new Form(run("!#-\\[\\]-~", 1, 300));
export const PEM = new Form(
  ...literal("-----BEGIN CERTIFICATE-----\n"),
  run(`${BASE64}=\n`, 1, Number.POSITIVE_INFINITY),
  ...literal("-----END CERTIFICATE-----\n"),
);
export const RULE = /^[\x20-\x7e]{1,200}$/;
export const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;
export const LOGIN = /^[\x20-\x7e]{0,100}$/;
/** To the form alone, for speed: what this lets through beyond `parseInstant` is the 31st of a shorter month. */
export const INSTANT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
export const ANY = /^/;

/** Whole numbers, both ends included. */
export interface Whole {
  readonly least: number;
  readonly most: number;
}

export const PORT: Whole = { least: 1, most: 65_535 };
export const ISSUE: Whole = { least: 0, most: 2 ** 31 };
/** Sequences, and ids that GitHub gives out. */
export const COUNT: Whole = { least: 0, most: Number.MAX_SAFE_INTEGER };

/** What no record says, though each of its parts may stand; undefined: it holds together. */
export function contradictionIn(record: ComputerRecord): string | undefined {
  const { id, sshKeys, hostKeys, certificates, revoked, port } = record;
  if (revoked !== undefined && sshKeys.length + hostKeys.length + certificates.length > 0)
    return "is of a revoked computer, and holds keys";
  if (port !== undefined && roleOf(id.computer) === "controller") return "is of a controller, and has a port";
  return undefined;
}
