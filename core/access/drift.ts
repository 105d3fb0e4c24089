import { readKeyLine } from "../keys/key-line.ts";
import { formatId } from "../names.ts";
import { type KeyGrant, readAuthorizedKeys, readGrant } from "./authorized-keys.ts";
import type { Held } from "./held.ts";
import { pathsOf, systemOfPath } from "./manifest.ts";

/** Where a proxy is not as it was left: somebody, or something, changed it there. */
export interface Drift {
  /** A sync mends these. */
  readonly files: readonly Stray[];
  /** Sentences about the host, in the proxy's own words; no sync can mend them. */
  readonly host: readonly string[];
}

export interface Stray {
  readonly kind: "unknown" | "missing" | "changed";
  readonly path: string;
  /** Of a line: its number, counted from 1; a missing one has none. */
  readonly line?: number;
  /** Where they are known: `<computer>.<system>.<realm>` and the key's fingerprint. */
  readonly computer?: string;
  readonly fingerprint?: string;
}

/** What the proxy's files should say, as far as can be told. */
export interface Expectation {
  /** Path → text. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether `files` are those of the very commits that were applied. */
  readonly exact: boolean;
  /** Whether the registry changed this computer since: then its lines may differ rightly. */
  isNewer(computer: string): boolean;
}

export const NO_DRIFT: Drift = { files: [], host: [] };

export const hasDrift = ({ files, host }: Drift): boolean => files.length + host.length > 0;

/** Compares what a proxy says it holds with what was applied there: line by line for keys, by file for the rest. */
export function driftOf(held: Held, expected?: Expectation): Drift {
  const host = held.findings ?? [];
  const strays = held.kind === "generation" ? held.strays : undefined;
  if (strays === undefined) return { files: [], host };
  const { changed, missing, unknown } = strays;
  return {
    files: [
      ...Object.entries(changed).flatMap(([path, text]) => changesIn(path, text, expected)),
      ...missing.map((path): Stray => ({ kind: "missing", path })),
      ...unknown.map((path): Stray => ({ kind: "unknown", path })),
    ],
    host,
  };
}

/** For people: one sentence. Nothing of a line's text but a computer and a fingerprint that were parsed. */
export function strayWords({ kind, path, line, computer, fingerprint }: Stray): string {
  const whose = [computer, fingerprint].filter((one) => one !== undefined).join(" ");
  if (line === undefined && whose === "") {
    return {
      unknown: `${path} is none of Warren's`,
      missing: `${path} is missing`,
      changed: `${path} was changed`,
    }[kind];
  }
  const where = line === undefined ? path : `${path} line ${line}`;
  const what = whose === "" ? "it is no line of Warren's" : whose;
  return `${where} ${{ unknown: "is unknown", missing: "lacks a line", changed: "was changed" }[kind]}: ${what}`;
}

function changesIn(path: string, text: string | null, expected: Expectation | undefined): readonly Stray[] {
  const file: Stray = { kind: "changed", path };
  const system = systemOfPath(path);
  const wanted = expected?.files.get(path);
  if (expected === undefined || wanted === undefined || text === null || system === undefined) return [file];
  if (path !== pathsOf(system).keys) return [file];
  const lines = lineStrays(path, text, wanted).filter(
    ({ kind, computer }) =>
      expected.exact || (kind !== "missing" && (computer === undefined || !expected.isNewer(computer))),
  );
  // Lines in another order, or what only newer commits explain.
  return lines.length === 0 ? [file] : lines;
}

function lineStrays(path: string, text: string, wanted: string): readonly Stray[] {
  const read = readAuthorizedKeys(wanted, path);
  const grants = new Map<string, KeyGrant>(
    read.ok ? read.grants.map((grant) => [grant.key.fingerprint, grant] as const) : [],
  );
  const right = new Set(wanted.split("\n"));
  const seen = new Set<string>();
  const strays: Stray[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const fingerprint = fingerprintIn(line);
    if (fingerprint !== undefined) seen.add(fingerprint);
    if (right.has(line)) continue;
    const known = fingerprint === undefined ? undefined : grants.get(fingerprint);
    const kind = known === undefined ? "unknown" : "changed";
    strays.push({ kind, path, line: index + 1, ...whoseLine(line, known, fingerprint) });
  }
  for (const [fingerprint, { computer }] of grants) {
    if (!seen.has(fingerprint))
      strays.push({ kind: "missing", path, computer: formatId(computer), fingerprint });
  }
  return strays;
}

function whoseLine(line: string, known: KeyGrant | undefined, fingerprint: string | undefined) {
  const read = readGrant(line);
  const grant = known ?? (read.ok ? read.value : undefined);
  return {
    ...(grant === undefined ? {} : { computer: formatId(grant.computer) }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

/** Of the first key in a line, whatever stands before or after it. */
function fingerprintIn(line: string): string | undefined {
  const [, key = ""] =
    /(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2})(?=\s|$)/.exec(line) ?? [];
  const read = readKeyLine(key);
  return read.ok ? read.value.fingerprint : undefined;
}
