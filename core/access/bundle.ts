import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import type { BrokerTold } from "../broker/told.ts";
import { readJson } from "../json.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { generationName, type Held, words } from "./held.ts";
import {
  generationPath,
  hashOf,
  type Manifest,
  type ManifestHead,
  manifestHeadShape,
  printManifest,
  sha256,
} from "./manifest.ts";
import type { Swept } from "./sessions.ts";

/**
 * What a sync sends: of the files only what the proxy lacks, so that one changed key costs its own system's files and
 * little more, however many systems the proxy has. One gzipped JSON document.
 */
export interface Bundle {
  readonly format: 2;
  readonly manifest: ManifestHead;
  /** SHA-256 of the whole manifest that must result: no file comes, stays or goes but those the sender meant. */
  readonly result: string;
  /** Paths that the proxy holds and must no longer. */
  readonly removed: readonly string[];
  /** Path → text of what is new or changed. Everything else stands in the generation in force. */
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
  /** What became of the sessions of keys that went. */
  readonly sessions?: Swept;
  /** What became of the broker's rules, where one runs on this host. */
  readonly broker?: BrokerTold;
}

/** What `apply` says last: the work is done, or nothing was touched. */
export type Outcome =
  | { readonly kind: "applied"; readonly report: ApplyReport }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** In bytes, packed as well as unpacked: the second stops a small bomb. */
export const LONGEST_BUNDLE = 64 * 1024 * 1024;

export const LONGEST_PROBLEM = 1000;

/** What turns `held` into `manifest`; `texts` has at least the files that `held` lacks. */
export function bundleOf(manifest: Manifest, held: Held, texts: ReadonlyMap<string, string>): Bundle {
  const { files: after, ...head } = manifest;
  const before = heldFiles(held);
  const lacking = [...texts].filter(([path]) => after[path] !== undefined && after[path] !== before[path]);
  return {
    format: 2,
    manifest: head,
    result: hashOf(printManifest(manifest)),
    removed: Object.keys(before).filter((path) => after[path] === undefined),
    files: Object.fromEntries(lacking),
  };
}

/** The whole manifest that a bundle means, rebuilt from what is held; a problem where it isn't the sender's. */
export function manifestAfter({ manifest, result, removed, files }: Bundle, held: Held): Parsed<Manifest> {
  const after = new Map(Object.entries(heldFiles(held)));
  for (const path of removed) {
    if (!after.delete(path)) return unparsed(`bundle removes ${JSON.stringify(path)}, which is not held`);
  }
  for (const [path, text] of Object.entries(files)) after.set(path, hashOf(text));
  const whole: Manifest = { ...manifest, files: Object.fromEntries(after) };
  if (hashOf(printManifest(whole)) === result) return parsed(whole);
  return unparsed(
    "bundle does not come to the manifest that it names: what is held is not what it was made for",
  );
}

/** As it stands on the proxy's disk. */
export const heldFiles = (held: Held): Manifest["files"] =>
  held.kind === "empty" ? {} : held.manifest.files;

export const encodeBundle = ({ format, manifest, result, removed, files }: Bundle): Uint8Array =>
  gzipSync(JSON.stringify({ format, manifest, result, removed, files }), { level: 9 });

/** Reads what a sync sent, every path by the grammar; `manifestAfter` then checks it as a whole. */
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
  return readJson(bundleShape, text, "bundle");
}

export const readOutcome = (line: string): Parsed<Outcome> => readJson(outcomeShape, line, "proxy's report");

const bundleShape: z.ZodType<Bundle> = z.strictObject({
  format: z.literal(2),
  manifest: manifestHeadShape,
  result: sha256,
  removed: z.array(generationPath),
  files: z.record(generationPath, z.string()),
});

const sentences = z.array(words(LONGEST_PROBLEM));

const swept: z.ZodType<Swept> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("swept"), ended: sentences }),
  z.strictObject({ kind: z.literal("unrecorded") }),
  z.strictObject({ kind: z.literal("failed"), problem: words(LONGEST_PROBLEM) }),
]);

const count = z.int().min(0);

const told: z.ZodType<BrokerTold> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("same") }),
  z.strictObject({ kind: z.literal("told"), added: count, removed: count }),
  z.strictObject({ kind: z.literal("failed"), problem: words(LONGEST_PROBLEM) }),
]);

const outcomeShape: z.ZodType<Outcome> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("applied"),
    report: z.strictObject({
      generation: generationName,
      sequence: z.int().min(0),
      added: sentences,
      changed: sentences,
      removed: sentences,
      keysAdded: sentences,
      keysRemoved: sentences,
      sessions: z.exactOptional(swept),
      broker: z.exactOptional(told),
    }),
  }),
  z.strictObject({ kind: z.literal("refused"), problems: sentences }),
]);
