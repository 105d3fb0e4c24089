import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { readJson } from "../json.ts";
import { type Parsed, unparsed } from "../place.ts";
import { generationPath, hashOf, type Manifest, manifestShape } from "./manifest.ts";

/** What a proxy says it holds: `apply` prints it first, as one JSON line. */
export type Held =
  | { readonly kind: "empty" }
  | { readonly kind: "generation"; readonly name: string; readonly manifest: Manifest };

/** What a sync sends: the whole manifest, and of the files only what the proxy lacks. One gzipped JSON document. */
export interface Bundle {
  readonly format: 1;
  readonly manifest: Manifest;
  /** Path → text. What the manifest names and this does not must stand in the generation in force. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ApplyReport {
  readonly generation: string;
  readonly sequence: number;
  /** Paths. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Keys (fingerprints) that gained and lost access by it. */
  readonly keysAdded: readonly string[];
  readonly keysRemoved: readonly string[];
}

/** What `apply` says last: the work is done, or nothing was touched. */
export type Outcome =
  | { readonly kind: "applied"; readonly report: ApplyReport }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** In bytes, packed as well as unpacked: the second stops a small bomb. */
export const LONGEST_BUNDLE = 64 * 1024 * 1024;

export const LONGEST_PROBLEM = 1000;

export const encodeBundle = ({ format, manifest, files }: Bundle): Uint8Array =>
  gzipSync(JSON.stringify({ format, manifest, files }));

/** Reads what a sync sent: every path by the grammar, every text against the manifest's hash. */
export function readBundle(bytes: Uint8Array): Parsed<Bundle> {
  if (bytes.length > LONGEST_BUNDLE)
    return unparsed(`bundle has ${bytes.length} bytes; ${LONGEST_BUNDLE} at most`);
  let text: string;
  try {
    const unpacked = gunzipSync(bytes, { maxOutputLength: LONGEST_BUNDLE });
    text = new TextDecoder("utf-8", { fatal: true }).decode(unpacked);
  } catch {
    return unparsed(`bundle is no gzip of at most ${LONGEST_BUNDLE} bytes of UTF-8`);
  }
  const read = readJson(bundleShape, text, "bundle");
  if (!read.ok) return read;
  for (const [path, content] of Object.entries(read.value.files)) {
    const hash = read.value.manifest.files[path];
    if (hash === undefined) return unparsed(`bundle holds ${JSON.stringify(path)}; its manifest doesn't`);
    if (hash !== hashOf(content))
      return unparsed(`bundle's ${JSON.stringify(path)} has not its manifest's hash`);
  }
  return read;
}

export const readHeld = (line: string): Parsed<Held> => readJson(heldShape, line, "what the proxy holds");
export const readOutcome = (line: string): Parsed<Outcome> => readJson(outcomeShape, line, "proxy's report");

const bundleShape: z.ZodType<Bundle> = z.strictObject({
  format: z.literal(1),
  manifest: manifestShape,
  files: z.record(generationPath, z.string()),
});

const generation = z.string().max(64);

const heldShape: z.ZodType<Held> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("empty") }),
  z.strictObject({ kind: z.literal("generation"), name: generation, manifest: manifestShape }),
]);

/** A proxy's words end up in a log and on a terminal: no line breaks, no escapes. */
const words = z.array(
  z
    .string()
    .max(LONGEST_PROBLEM)
    .regex(/^\P{Cc}*$/u, "holds control characters"),
);

const outcomeShape: z.ZodType<Outcome> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("applied"),
    report: z.strictObject({
      generation,
      sequence: z.int().min(0),
      added: words,
      changed: words,
      removed: words,
      keysAdded: words,
      keysRemoved: words,
    }),
  }),
  z.strictObject({ kind: z.literal("refused"), problems: words }),
]);
