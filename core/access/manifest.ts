import { createHash } from "node:crypto";
import * as z from "zod";
import { REVOCATIONS } from "../broker/revocations.ts";
import { label, readJson } from "../json.ts";
import { parseSystemName } from "../names.ts";
import type { Parsed } from "../place.ts";
import type { CommitId } from "../registry/record.ts";

/** What a manifest says of a generation beside its files. */
export interface ManifestHead {
  readonly format: 1;
  readonly realm: string;
  readonly proxy: string;
  /** The registry's sequence: a proxy never goes back to a lower one by itself. */
  readonly sequence: number;
  /** Which version of the writer made the files: another one may make others of the same commits. */
  readonly writer?: number;
  /** Where the inputs were Git commits. */
  readonly realmCommit?: CommitId;
  readonly registryCommit?: CommitId;
}

/** The exact files of one proxy's generation, by SHA-256, with where they came from. */
export interface Manifest extends ManifestHead {
  /** Path relative to the generation → SHA-256 in lower-case hex; sorted. */
  readonly files: Readonly<Record<string, string>>;
}

/** Beside the files that it names, in every generation and in what `render` writes. */
export const MANIFEST = "manifest.json";

/** Of one proxy: each is an account of the 900 that Debian keeps for systems (SYS_UID_MIN in login.defs). */
export const MOST_SYSTEMS = 500;

/** Where a generation keeps a system's files, relative to its root. */
export const pathsOf = (system: string) => ({
  keys: `authorized_keys/${system}`,
  directory: `directory/${system}.json`,
  signature: `directory/${system}.json.sig`,
  certificates: `certificates/${system}.json`,
  /** On the hosts of a broker of one's own: who holds certificates for it. */
  holders: `broker/${system}.json`,
});

/** Files that say whom a broker must let in. */
export const isBrokerPath = (path: string): boolean => path.startsWith("broker/");

/** The system whose file this is; undefined for a path that no generation may hold. */
export function systemOfPath(path: string): string | undefined {
  const [system = ""] = (path.split("/")[1] ?? "").split(".");
  if (!parseSystemName(system).ok) return undefined;
  return Object.values(pathsOf(system)).includes(path) ? system : undefined;
}

export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Path → SHA-256, sorted by path. */
export const hashesOf = (files: ReadonlyMap<string, string>): Record<string, string> =>
  sorted([...files].map(([path, text]) => [path, hashOf(text)]));

export function printManifest(manifest: Manifest): string {
  const files = sorted(Object.entries(manifest.files));
  return `${JSON.stringify({ ...headOf(manifest), files }, null, 2)}\n`;
}

/** In the order of the file; what is left out is undefined, and JSON.stringify leaves it out. */
export function headOf({
  format,
  realm,
  proxy,
  sequence,
  writer,
  realmCommit,
  registryCommit,
}: ManifestHead) {
  return { format, realm, proxy, sequence, writer, realmCommit, registryCommit };
}

export const readManifest = (text: string): Parsed<Manifest> => readJson(manifestShape, text, "manifest");

const sorted = (entries: readonly (readonly [string, string])[]): Record<string, string> =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));

const commit = z.string().regex(/^[0-9a-f]{40}$/, "is no commit");

export const generationPath = z
  .string()
  .refine((text) => text === REVOCATIONS || systemOfPath(text) !== undefined, "is no path of a generation");

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "is no SHA-256");

const head = {
  format: z.literal(1),
  realm: label,
  proxy: label,
  sequence: z.int().min(0),
  writer: z.exactOptional(z.int().min(1)),
  realmCommit: z.exactOptional(commit),
  registryCommit: z.exactOptional(commit),
};

export const manifestHeadShape: z.ZodType<ManifestHead> = z.strictObject(head);

export const manifestShape: z.ZodType<Manifest> = z.strictObject({
  ...head,
  files: z.record(generationPath, sha256),
});
