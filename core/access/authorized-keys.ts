import { type KeyLine, readKeyLine } from "../keys/key-line.ts";
import { type ComputerId, formatId, parseComputerId, roleOf } from "../names.ts";
import { type Parsed, type Problem, parsed, unparsed } from "../place.ts";
import { type Instant, parseInstant } from "../time.ts";

/** What one key may do on the proxy: all that a line of authorized_keys can say here. */
export type KeyGrant = DeviceGrant | ControllerGrant;

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
}

/** A controller opens the ports of its system's devices and listens on nothing. */
export interface ControllerGrant extends AnyGrant {
  readonly role: "controller";
  /** Ascending. */
  readonly opens: readonly number[];
}

/** The only address that tunnels listen on; sshd compares it literally, so `localhost` is another. */
export const LOOPBACK = "127.0.0.1";
/** sshd 9.2 knows no way to say "nothing" but an address that can't be: `none` alone kills the line silently. */
const NOTHING = "none:1";
/** sshd 9.2 takes 4,097 permitopen entries a line and denies the login at 4,098. */
export const MOST_OPENS = 4096;
const LONGEST_LINE = 200_000;

/** One line of authorized_keys, without its line break. There is no way to print a key without its options. */
export function printGrant(grant: KeyGrant): string {
  const listens = grant.role === "device" ? `${LOOPBACK}:${grant.port}` : NOTHING;
  const ports = grant.role === "device" ? [grant.port] : grant.opens;
  const opens = ports.length === 0 ? [NOTHING] : ports.map((port) => `${LOOPBACK}:${port}`);
  const options = [
    // `restrict` comes first: after it, `port-forwarding` gives back that one thing; before it, nothing.
    "restrict",
    "port-forwarding",
    `permitlisten="${listens}"`,
    ...opens.map((open) => `permitopen="${open}"`),
    `command="${formatId(grant.computer)}"`,
    ...(grant.end === undefined ? [] : [`expiry-time="${grant.end.replace(/[-:T]/g, "")}"`]),
  ];
  return `${options.join(",")} ${grant.key.line}`;
}

/** The file of one system: sorted, a final newline. */
export const printAuthorizedKeys = (grants: Iterable<KeyGrant>): string =>
  [...grants]
    .sort(byComputerThenKey)
    .map((grant) => `${printGrant(grant)}\n`)
    .join("");

export const mayListen = (grant: KeyGrant, host: string, port: number): boolean =>
  grant.role === "device" && host === LOOPBACK && port === grant.port;

export const mayOpen = (grant: KeyGrant, host: string, port: number): boolean =>
  host === LOOPBACK && (grant.role === "device" ? port === grant.port : grant.opens.includes(port));

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

const LINE =
  /^restrict,port-forwarding,permitlisten="([^"]*)",permitopen="([^ ]*)",command="([^",]*)"(?:,expiry-time="([^",]*)")? (.*)$/;

export function readGrant(line: string): Parsed<KeyGrant> {
  if (line.length > LONGEST_LINE)
    return unparsed(`line has ${line.length} characters; ${LONGEST_LINE} at most`);
  const [, listens, opens, command, expiry, rest] = LINE.exec(line) ?? [];
  if (listens === undefined || opens === undefined || command === undefined || rest === undefined) {
    return unparsed("line is not as warren prints it: options, key type, base64");
  }
  const computer = parseComputerId(command);
  if (!computer.ok)
    return unparsed(`command ${JSON.stringify(command)} names no computer: ${computer.problem}`);
  const key = readKeyLine(rest);
  if (!key.ok) return key;
  const end = expiry === undefined ? undefined : readExpiry(expiry);
  if (end?.ok === false) return end;
  const ports = opens === NOTHING ? [] : opens.split('",permitopen="').map(portOf);
  if (ports.length > MOST_OPENS)
    return unparsed(`line has ${ports.length} permitopen; ${MOST_OPENS} at most`);
  const about = {
    computer: computer.value,
    key: key.value,
    ...(end === undefined ? {} : { end: end.value }),
  };
  const grant: KeyGrant =
    roleOf(computer.value.computer) === "device"
      ? { role: "device", ...about, port: portOf(listens) }
      : { role: "controller", ...about, opens: ports };
  // Whatever the pieces mean, only the line that we would print for them passes.
  if (printGrant(grant) !== line || !ports.every(isPort) || !ascending(ports)) {
    return unparsed(`options are not those of ${grant.role} ${JSON.stringify(command)}`);
  }
  return parsed(grant);
}

const portOf = (address: string): number =>
  address.startsWith(`${LOOPBACK}:`) ? Number(address.slice(LOOPBACK.length + 1)) : Number.NaN;

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

const ascending = (ports: readonly number[]): boolean =>
  ports.every((port, index) => index === 0 || port > (ports[index - 1] ?? 0));

/** `20261121083000Z` */
const readExpiry = (text: string): Parsed<Instant> =>
  parseInstant(text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

function byComputerThenKey(a: KeyGrant, b: KeyGrant): number {
  const [x, y] = [a, b].map((grant) => `${formatId(grant.computer)} ${grant.key.fingerprint}`);
  return (x ?? "") < (y ?? "") ? -1 : 1;
}
