import { counted } from "../counted.ts";
import { Failure } from "../failure.ts";
import { formatId } from "../names.ts";
import { formatProblem } from "../place.ts";
import { type KeyGrant, type Ports, printGrant, readAuthorizedKeys } from "./authorized-keys.ts";
import type { Manifest } from "./manifest.ts";
import { pathsOf, systemOfPath } from "./manifest.ts";
import type { Why } from "./why.ts";

/** The difference of two accesses of one proxy: what a sync, a pull request or a drift changes. */
export interface ProxyPlan {
  readonly proxy: string;
  readonly files: FileChanges;
  /** Sorted by system, computer and key. */
  readonly keys: readonly KeyChange[];
}

export interface FileChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What happens to one key on one proxy. */
export interface KeyChange {
  readonly kind: "gains" | "loses" | "changes";
  readonly system: string;
  /** `<computer>.<system>.<realm>` */
  readonly computer: string;
  readonly fingerprint: string;
  /** What it may do then; of a key that loses, what it could do. */
  readonly says: string;
  /** The range of a legacy system, where the key may use it then. */
  readonly legacy?: Ports;
  /** Where the registry and realm.yaml know. */
  readonly why?: string;
}

type Files = ReadonlyMap<string, string>;
const NO_FILES: Files = new Map();

/** One plan for each proxy that either side names, sorted; proxies that stay the same have none. `why` goes by `after`. */
export function planOf(
  before: ReadonlyMap<string, { files: Files }>,
  after: ReadonlyMap<string, { files: Files }>,
  why: Why = () => undefined,
): readonly ProxyPlan[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return names
    .map((proxy): ProxyPlan => {
      const [old, next] = [before.get(proxy)?.files ?? NO_FILES, after.get(proxy)?.files ?? NO_FILES];
      return {
        proxy,
        files: fileChanges(Object.fromEntries(old), Object.fromEntries(next)),
        keys: keyChanges(old, next).map((change): KeyChange => {
          const reason = why({ ...change, proxy });
          return reason === undefined ? change : { ...change, why: reason };
        }),
      };
    })
    .filter(({ files }) => files.added.length + files.changed.length + files.removed.length > 0);
}

/** Compares by the values: texts or hashes. */
export function fileChanges(before: Manifest["files"], after: Manifest["files"]): FileChanges {
  const paths = Object.keys(after).toSorted();
  return {
    added: paths.filter((path) => before[path] === undefined),
    changed: paths.filter((path) => before[path] !== undefined && before[path] !== after[path]),
    removed: Object.keys(before)
      .filter((path) => after[path] === undefined)
      .toSorted(),
  };
}

export function keyChanges(before: Files, after: Files): readonly KeyChange[] {
  const [old, next] = [grantsIn(before), grantsIn(after)];
  const changes: KeyChange[] = [];
  for (const [at, grant] of next) {
    const was = old.get(at);
    if (was === undefined) changes.push(change("gains", grant, scopeOf(grant)));
    else if (printGrant(was) !== printGrant(grant))
      changes.push(change("changes", grant, difference(was, grant)));
  }
  for (const [at, grant] of old) if (!next.has(at)) changes.push(change("loses", grant, scopeOf(grant)));
  return changes.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** For people: one line a key, after one line a proxy. */
export const planLines = (plans: readonly ProxyPlan[]): readonly string[] =>
  plans.flatMap(({ proxy, files, keys }) => {
    const count = (kind: KeyChange["kind"]) => keys.filter((key) => key.kind === kind).length;
    const total = files.added.length + files.changed.length + files.removed.length;
    const words = `${count("gains")} gained, ${count("loses")} lost, ${count("changes")} changed`;
    const head = `proxy ${proxy}: ${counted(total, "file")}; keys: ${words}`;
    const mark = { gains: "+", loses: "-", changes: "~" } as const;
    const lines = keys.map(({ kind, computer, fingerprint, says, why }) => {
      const reason = why === undefined ? "" : ` (${why})`;
      return `  ${mark[kind]} ${computer} ${fingerprint} ${says}${reason}`;
    });
    return [head, ...lines, ...legacyCosts(keys).map((cost) => `  ! ${cost}`)];
  });

/** What a legacy system that keys join or change in costs in safety: a sentence for each. */
export function legacyCosts(keys: readonly KeyChange[]): readonly string[] {
  const ranges = new Map(
    keys.flatMap(({ system, legacy }) => (legacy === undefined ? [] : [[system, legacy]])),
  );
  return [...ranges].map(
    ([system, { first, last }]) =>
      `system ${system} is legacy: any of its devices may listen on any free port of ${first}-${last}, on [::1] even where another holds 127.0.0.1; a controller that pins no host keys could be led to it`,
  );
}

/** Every key of a proxy's files: system and fingerprint → what it may do. */
function grantsIn(files: Files): ReadonlyMap<string, KeyGrant> {
  const grants = new Map<string, KeyGrant>();
  for (const [path, text] of files) {
    const system = systemOfPath(path);
    if (system === undefined || path !== pathsOf(system).keys) continue;
    const read = readAuthorizedKeys(text, path);
    if (!read.ok) throw new Failure("refused", formatProblem(read.problems[0]));
    for (const grant of read.grants) grants.set(`${system} ${grant.key.fingerprint}`, grant);
  }
  return grants;
}

function change(kind: KeyChange["kind"], grant: KeyGrant, says: string): KeyChange {
  const { computer, key } = grant;
  const about = { system: computer.system, computer: formatId(computer), fingerprint: key.fingerprint };
  const legacy = grant.role === "asker" || kind === "loses" ? undefined : grant.legacy;
  return { kind, ...about, says, ...(legacy === undefined ? {} : { legacy }) };
}

const scopeOf = (grant: KeyGrant): string =>
  mayDo(grant) + (grant.end === undefined ? "" : ` until ${grant.end}`);

function mayDo(grant: KeyGrant): string {
  switch (grant.role) {
    case "device":
      return `listens on ${grant.port}${anyOf(grant.legacy)}`;
    case "controller":
      return `opens ${counted(grant.opens.length, "port")}${anyOf(grant.legacy)}`;
    case "asker":
      return "may ask for its directory";
  }
}

const anyOf = (ports: Ports | undefined): string =>
  ports === undefined ? "" : ` and, as localhost, any of ${ports.first}-${ports.last}`;

function difference(was: KeyGrant, now: KeyGrant): string {
  const [before, after] = [new Set(portsOf(was)), new Set(portsOf(now))];
  const parts = [
    formatId(was.computer) === formatId(now.computer) ? "" : `was ${formatId(was.computer)}`,
    listed(
      "gains",
      [...after].filter((port) => !before.has(port)),
    ),
    listed(
      "loses",
      [...before].filter((port) => !after.has(port)),
    ),
    modeOf(was) === modeOf(now) ? "" : `now ${mayDo(now)}`,
    was.end === now.end ? "" : now.end === undefined ? `no longer ends at ${was.end}` : `ends at ${now.end}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function portsOf(grant: KeyGrant): readonly number[] {
  if (grant.role === "asker") return [];
  return grant.role === "device" ? [grant.port] : grant.opens;
}

/** Whether it forwards at all, and what a legacy system adds. */
const modeOf = (grant: KeyGrant): string =>
  grant.role === "asker" ? "asks" : `forwards${anyOf(grant.legacy)}`;

const SHOWN = 5;

function listed(verb: string, ports: readonly number[]): string {
  if (ports.length === 0) return "";
  const more = ports.length > SHOWN ? ` and ${ports.length - SHOWN} more` : "";
  return `${verb} ${ports.length === 1 ? "port" : "ports"} ${ports.slice(0, SHOWN).join(" ")}${more}`;
}

const sortKey = ({ computer, fingerprint }: KeyChange): string => `${computer} ${fingerprint}`;
