import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** One way through a device: what ssh calls -L, -R and -D. */
export type Forward =
  /** A port here that leads to a host as the device sees it, or one on the device that leads to a host as seen from here. */
  | {
      readonly kind: "local" | "remote";
      readonly bind: string;
      readonly port: number;
      readonly host: string;
      readonly hostPort: number;
    }
  | { readonly kind: "socks"; readonly bind: string; readonly port: number };

const LOOPBACK = "127.0.0.1";
const SPELLING = "write PORT:HOST:PORT, as in 8080:printer:80";

/** `8080:printer:80`, `127.0.0.1:8080:printer:80`; `8080:80` and `80` lead to the far end itself. IPv6 stands in []. */
export function parseForward(kind: "local" | "remote", text: string): Parsed<Forward> {
  const parts = partsOf(text);
  if (parts === undefined) return unparsed(`forward is ${quoted(text)}; ${SPELLING}`);
  const [first = "", second = first, ...more] = parts;
  if (parts.length < 3) return build(kind, text, [LOOPBACK, first, LOOPBACK, second]);
  if (more.length === 1) return build(kind, text, [LOOPBACK, first, second, more[0] ?? ""]);
  return build(kind, text, [first, second, more[0] ?? "", more[1] ?? ""]);
}

/** `1080` or `127.0.0.1:1080`. */
export function parseSocks(text: string): Parsed<Forward> {
  const parts = partsOf(text);
  const [port = "", bind = LOOPBACK] = [...(parts ?? [])].reverse();
  const problem = bindProblem(bind) ?? (parts?.length ?? 3) > 2;
  const number = readPort(port);
  if (problem !== false || number === undefined) {
    return unparsed(`socks port is ${quoted(text)}; write PORT or ADDRESS:PORT, as in 1080`);
  }
  return parsed({ kind: "socks", bind, port: number });
}

/** What ssh takes for it. */
export const sshForward = (way: Forward): readonly [option: string, value: string] =>
  way.kind === "socks" ? ["-D", printForward(way)] : [way.kind === "local" ? "-L" : "-R", printForward(way)];

/** In full, so that it reads back as the same. */
export const printForward = (way: Forward): string => {
  const here = `${bracketed(way.bind)}:${way.port}`;
  return way.kind === "socks" ? here : `${here}:${bracketed(way.host)}:${way.hostPort}`;
};

/** For people. `device` is its id. */
export function describeForward(way: Forward, device: string): string {
  const here = `${bracketed(way.bind)}:${way.port}`;
  if (way.kind === "socks") return `${here} is a SOCKS proxy through ${device}`;
  const there = `${bracketed(way.host)}:${way.hostPort}`;
  return way.kind === "local"
    ? `${here} leads to ${there} as ${device} sees it`
    : `${here} on ${device} leads to ${there} as seen from here`;
}

/** Whether others than this computer's own accounts can reach the port. */
export const isOpenToOthers = ({ bind }: Forward): boolean =>
  !(bind === "localhost" || bind === "::1" || /^127(\.[0-9]+){3}$/.test(bind));

function build(
  kind: "local" | "remote",
  text: string,
  [bind, port, host, hostPort]: readonly [string, string, string, string],
): Parsed<Forward> {
  const problem = bindProblem(bind);
  if (problem !== undefined) return unparsed(`forward ${quoted(text)}: ${problem}`);
  const [here, there] = [readPort(port), readPort(hostPort)];
  if (here === undefined || there === undefined) {
    const wrong = here === undefined ? port : hostPort;
    return unparsed(`forward ${quoted(text)}: port is ${quoted(wrong)}; ${SPELLING}`);
  }
  // What begins with a dash might be read as an option some day.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$|^[0-9A-Fa-f:.]{2,45}$/.test(host)) {
    return unparsed(`forward ${quoted(text)}: host is ${quoted(host)}, which is no name or address`);
  }
  return parsed({ kind, bind, port: here, host, hostPort: there });
}

/** Names would be looked up, and one that leads nowhere binds nothing without a word. */
const bindProblem = (bind: string): string | undefined =>
  /^(localhost|\*|[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/.test(bind)
    ? undefined
    : `address is ${quoted(bind)}; write an address of this computer, localhost, or * for all`;

function readPort(text: string): number | undefined {
  const number = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return number > 0 && number <= 65_535 ? number : undefined;
}

/** Split at colons that stand outside []; undefined if there are none to four such parts. */
function partsOf(text: string): readonly string[] | undefined {
  if (!/^(\[[^[\]]+\]|[^[\]:]+)(:(\[[^[\]]+\]|[^[\]:]+)){0,3}$/.test(text)) return undefined;
  return (text.match(/\[[^\]]+\]|[^:]+/g) ?? []).map((part) => part.replace(/^\[|\]$/g, ""));
}

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);
