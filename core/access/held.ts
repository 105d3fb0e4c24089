import * as z from "zod";
import { readJson } from "../json.ts";
import type { Parsed } from "../place.ts";
import { generationPath, type Manifest, manifestShape } from "./manifest.ts";

/** What a proxy says of itself: `apply` prints it first, as one JSON line. A hostile one may say anything. */
export type Held =
  | { readonly kind: "empty"; readonly findings?: readonly string[] }
  | {
      readonly kind: "generation";
      readonly name: string;
      /** With the hashes of what stands on the disk now: a missing file has none. */
      readonly manifest: Manifest;
      /** Left out where the disk holds exactly what was applied. */
      readonly strays?: Strays;
      /** Sentences about the host, which no sync can mend. */
      readonly findings?: readonly string[];
    };

/** What stands in the generation in force otherwise than it was applied. */
export interface Strays {
  /** Path → text as it stands there; null where there is too much of it to tell. */
  readonly changed: Readonly<Record<string, string | null>>;
  readonly missing: readonly string[];
  /** Paths of what no bundle brought: anything that stands in the generation's folder. */
  readonly unknown: readonly string[];
}

/** In characters, of all changed texts together. */
export const MOST_STRAY_TEXT = 256 * 1024;
export const MOST_UNKNOWN = 100;
export const MOST_FINDINGS = 50;
export const LONGEST_FINDING = 500;
const LONGEST_PATH = 300;

/** Strays as a proxy may tell them; undefined where there are none. */
export function boundedStrays({ changed, missing, unknown }: StraysFound): Strays | undefined {
  if (changed.size + missing.length + unknown.length === 0) return undefined;
  let left = MOST_STRAY_TEXT;
  const texts = [...changed].map(([path, text]) => {
    left -= text.length;
    return [path, left < 0 ? null : text] as const;
  });
  return {
    changed: Object.fromEntries(texts),
    missing,
    unknown: unknown.slice(0, MOST_UNKNOWN).map((path) => printable(path, LONGEST_PATH)),
  };
}

export interface StraysFound {
  readonly changed: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

/** `held` with what was found on its host, as a proxy may tell it. */
export function withFindings(held: Held, findings: readonly string[]): Held {
  if (findings.length === 0) return held;
  const bounded = findings.slice(0, MOST_FINDINGS).map((says) => printable(says, LONGEST_FINDING));
  return { ...held, findings: bounded };
}

export const readHeld = (line: string): Parsed<Held> => readJson(heldShape, line, "what the proxy holds");

/** At most so many characters of a text that anybody may have written, on one line and without a terminal's controls. */
export const printable = (text: string, most: number): string => text.slice(0, most).replace(/\p{Cc}/gu, "?");

/** A proxy's words end up in a log, on a terminal and in an issue: no line breaks, no escapes. */
export const words = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^\P{Cc}*$/u, "holds control characters");

export const generationName = z.string().regex(/^[1-9][0-9]{0,15}$/, "is no generation's name");

const findings = z.array(words(LONGEST_FINDING)).max(MOST_FINDINGS);

const strays: z.ZodType<Strays> = z.strictObject({
  changed: z
    .record(generationPath, z.string().max(MOST_STRAY_TEXT).nullable())
    .refine(
      (texts) => Object.values(texts).reduce((sum, text) => sum + (text?.length ?? 0), 0) <= MOST_STRAY_TEXT,
      "is too much text",
    ),
  missing: z.array(generationPath),
  unknown: z.array(words(LONGEST_PATH)).max(MOST_UNKNOWN),
});

const heldShape: z.ZodType<Held> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("empty"), findings: z.exactOptional(findings) }),
  z.strictObject({
    kind: z.literal("generation"),
    name: generationName,
    manifest: manifestShape,
    strays: z.exactOptional(strays),
    findings: z.exactOptional(findings),
  }),
]);
