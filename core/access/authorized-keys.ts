import { type KeyLine, readKeyLine } from "../keys/key-line.ts";
import { type ComputerId, formatId, parseComputerId, roleOf } from "../names.ts";
import { type Parsed, type Problem, parsed, unparsed } from "../place.ts";
import { type Instant, parseInstant } from "../time.ts";

/** What one key may do on the proxy: all that a line of authorized_keys can say here. */
export type KeyGrant = DeviceGrant | ControllerGrant | AskerGrant;

interface AnyGrant {
  readonly computer: ComputerId;
  readonly key: KeyLine;
  /** The first instant without access; left out: it lasts. */
  readonly end?: Instant;
}

/** A device listens on its one port, and opens only that one, to probe itself. */
export interface DeviceGrant extends AnyGrant {
  readonly role: "device";
  readonly port: number;
  /** Of a legacy system: what it may listen on besides, as `localhost`. */
  readonly legacy?: Ports;
}

/** A controller opens the ports of its system's devices and listens on nothing. */
export interface ControllerGrant extends AnyGrant {
  readonly role: "controller";
  /** Ascending. */
  readonly opens: readonly number[];
  /** Of a legacy system: what it may open besides, as `localhost`. */
  readonly legacy?: Ports;
}

/** A computer whose system has left this proxy asks there for its directory, and forwards nothing. */
export interface AskerGrant extends AnyGrant {
  readonly role: "asker";
}

/** The range of a system. */
export interface Ports {
  readonly first: number;
  readonly last: number;
}

/** The only address that tunnels listen on; sshd compares it literally, so `localhost` is another. */
export const LOOPBACK = "127.0.0.1";
/** What programs of the older kind say instead, for `ssh -R 61333:localhost:22` listens on it by default. */
const OLD_LOOPBACK = "localhost";
/** sshd 9.2 knows no way to say "nothing" but an address that can't be: `none` alone kills the line silently. */
const NOTHING = "none:1";
/** sshd 9.2 takes 4,097 permitopen entries a line and denies the login at 4,098. */
export const MOST_OPENS = 4096;
/** A controller's line opens each port of the range under both addresses: more would deny its login. */
export const MOST_LEGACY_PORTS = MOST_OPENS / 2;
const LONGEST_LINE = 200_000;
/** Of one file: thirty million empty lines must not become as many sentences. */
const MOST_PROBLEMS = 100;

/** One line of authorized_keys, without its line break. There is no way to print a key without its options. */
export function printGrant(grant: KeyGrant): string {
  const options = [
    // `restrict` comes first: after it, `port-forwarding` gives back that one thing; before it, nothing.
    "restrict",
    ...(grant.role === "asker" ? [] : forwardsOf(grant)),
    `command="${formatId(grant.computer)}"`,
    ...(grant.end === undefined ? [] : [`expiry-time="${grant.end.replace(/[-:T]/g, "")}"`]),
  ];
  return `${options.join(",")} ${grant.key.line}`;
}

/** Every port by itself: sshd knows no ranges, and a `*` would allow all ports of the proxy. */
function forwardsOf(grant: DeviceGrant | ControllerGrant): readonly string[] {
  const old = grant.legacy === undefined ? [] : portsIn(grant.legacy).map(oldAddress);
  const isDevice = grant.role === "device";
  const listens = isDevice ? [address(grant.port), ...old] : [NOTHING];
  const opens = isDevice ? [address(grant.port)] : [...grant.opens.map(address), ...old];
  return [
    "port-forwarding",
    ...listens.map((listen) => `permitlisten="${listen}"`),
    ...(opens.length === 0 ? [NOTHING] : opens).map((open) => `permitopen="${open}"`),
  ];
}

const address = (port: number): string => `${LOOPBACK}:${port}`;
const oldAddress = (port: number): string => `${OLD_LOOPBACK}:${port}`;

const portsIn = ({ first, last }: Ports): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** The file of one system: devices, then controllers, each by name; a final newline. */
export const printAuthorizedKeys = (grants: Iterable<KeyGrant>): string =>
  [...grants]
    .map((grant) => [turnOf(grant), `${printGrant(grant)}\n`] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, line]) => line)
    .join("");

/** Whether sshd would let this key listen there; addresses are compared as they are written. */
export function mayListen(grant: KeyGrant, host: string, port: number): boolean {
  if (grant.role !== "device") return false;
  return host === LOOPBACK ? port === grant.port : host === OLD_LOOPBACK && isIn(grant.legacy, port);
}

/** Whether sshd would let this key open that. */
export function mayOpen(grant: KeyGrant, host: string, port: number): boolean {
  if (grant.role === "asker") return false;
  if (grant.role === "device") return host === LOOPBACK && port === grant.port;
  return host === LOOPBACK ? grant.opens.includes(port) : host === OLD_LOOPBACK && isIn(grant.legacy, port);
}

const isIn = (ports: Ports | undefined, port: number): boolean =>
  ports !== undefined && port >= ports.first && port <= ports.last;

export type ReadAuthorizedKeys =
  | { readonly ok: true; readonly grants: readonly KeyGrant[] }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

/** Reads what `printAuthorizedKeys` prints and nothing else; the reader doesn't trust whoever sent the text. */
export function readAuthorizedKeys(text: string, file: string): ReadAuthorizedKeys {
  const lines = text.split("\n");
  const grants: KeyGrant[] = [];
  const problems: Problem[] = [];
  const report = (line: number, message: string) =>
    problems.push({ place: { file, line, col: 1 }, path: "", message });
  if (lines.pop() !== "") report(lines.length + 1, "line has no line break at its end");
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (problems.length >= MOST_PROBLEMS) break;
    const read = readGrant(line);
    if (!read.ok) report(index + 1, read.problem);
    else if (seen.has(read.value.key.fingerprint)) {
      report(index + 1, `key ${read.value.key.fingerprint} stands on an earlier line too`);
    } else {
      seen.add(read.value.key.fingerprint);
      grants.push(read.value);
    }
  }
  const [first, ...rest] = problems;
  return first === undefined ? { ok: true, grants } : { ok: false, problems: [first, ...rest] };
}

/** Its repetitions can't match the same text twice, so a hostile line takes no longer than its length. */
const LINE =
  /^restrict(?:,port-forwarding,permitlisten="([^" ]*(?:",permitlisten="[^" ]*)*)",permitopen="([^ ]*)")?,command="([^",]*)"(?:,expiry-time="([^",]*)")? (.*)$/;

/** Reads one line, without its line break. */
export function readGrant(line: string): Parsed<KeyGrant> {
  if (line.length > LONGEST_LINE)
    return unparsed(`line has ${line.length} characters; ${LONGEST_LINE} at most`);
  const [, listens, opens, command, expiry, rest] = LINE.exec(line) ?? [];
  if (command === undefined || rest === undefined)
    return unparsed("line is not as warren prints it: options, key type, base64");
  const computer = parseComputerId(command);
  if (!computer.ok)
    return unparsed(`command ${JSON.stringify(command)} names no computer: ${computer.problem}`);
  const key = readKeyLine(rest);
  if (!key.ok) return key;
  const end = expiry === undefined ? undefined : readExpiry(expiry);
  if (end?.ok === false) return end;
  const about = {
    computer: computer.value,
    key: key.value,
    ...(end === undefined ? {} : { end: end.value }),
  };
  if (listens === undefined || opens === undefined) {
    const asker: KeyGrant = { role: "asker", ...about };
    return printGrant(asker) === line ? parsed(asker) : unparsed("options are not those of an asker");
  }
  const may = { listens: listens.split('",permitlisten="'), opens: opens.split('",permitopen="') };
  const most = Math.max(may.listens.length, may.opens.length);
  if (most > MOST_OPENS) return unparsed(`line has ${most} entries of a kind; ${MOST_OPENS} at most`);
  const grant = forwardingGrant(about, may);
  // Whatever the pieces mean, only the line that we would print for them passes.
  if (grant === undefined || printGrant(grant) !== line)
    return unparsed(`options are not those of ${roleOf(computer.value.computer)} ${JSON.stringify(command)}`);
  return parsed(grant);
}

/** Undefined where a port is none, or the ports of a list don't ascend or leave out some. */
function forwardingGrant(
  about: AnyGrant,
  { listens, opens }: { readonly listens: readonly string[]; readonly opens: readonly string[] },
): KeyGrant | undefined {
  const isDevice = roleOf(about.computer.computer) === "device";
  const listed = isDevice ? listens : opens;
  const isOld = (entry: string) => entry.startsWith(`${OLD_LOOPBACK}:`);
  const own = listed.filter((entry) => entry !== NOTHING && !isOld(entry)).map(portOf);
  const old = listed.filter(isOld).map(portOf);
  const [port, first, last] = [own[0], old[0], old.at(-1)];
  if (![...own, ...old].every(isPort) || !ascending(own)) return undefined;
  // Judged before anything is printed for it: two entries must not stand for all the ports between them.
  if (!old.every((each, index) => each === (first ?? 0) + index)) return undefined;
  const legacy = first === undefined || last === undefined ? {} : { legacy: { first, last } };
  if (!isDevice) return { role: "controller", ...about, opens: own, ...legacy };
  return port === undefined ? undefined : { role: "device", ...about, port, ...legacy };
}

/** Of an entry with either address. */
const portOf = (entry: string): number => {
  const [, port] = /^(?:127\.0\.0\.1|localhost):([1-9][0-9]{0,4})$/.exec(entry) ?? [];
  return port === undefined ? Number.NaN : Number(port);
};

/** As realm.yaml's ranges: whoever sends a device at port 22 would open the proxy's own sshd by its controller. */
const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1024 && port <= 65_535;

const ascending = (ports: readonly number[]): boolean =>
  ports.every((port, index) => index === 0 || port > (ports[index - 1] ?? 0));

/** `20261121083000Z` */
const readExpiry = (text: string): Parsed<Instant> =>
  parseInstant(text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/**
 * sshd takes a line after the other, twice a login, until it finds the key, and parses the options of each: one
 * controller's 4,000 permitopen cost whoever stands behind it 100 ms of CPU. So all devices stand before them.
 */
function turnOf({ computer, key }: KeyGrant): string {
  const turn = roleOf(computer.computer) === "controller" ? 1 : 0;
  return `${turn} ${formatId(computer)} ${key.fingerprint}`;
}
