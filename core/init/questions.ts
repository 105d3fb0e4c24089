import { parseRealmName, parseSystemName } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";
import {
  parseBrokerUrl,
  parseEndpoint,
  parseHost,
  parseLogin,
  parsePorts,
  parseRegion,
  parseRepository,
} from "../realm/grammar.ts";
import type { Actions } from "./answers.ts";

/** One thing that `init` must be told: by a flag, or by answering a question. */
export interface Question {
  /** As a flag: `--proxy-host`. */
  readonly flag: Flag;
  readonly asks: string;
  /** Taken when nothing is typed, and when no terminal asks. */
  readonly usual?: string;
  readonly problemOf: (text: string) => string | undefined;
}

export type Flag =
  | "realm"
  | "repository"
  | "admin"
  | "system"
  | "proxy-host"
  | "proxy-port"
  | "ports"
  | "broker"
  | "broker-endpoint"
  | "broker-region"
  | "broker-url"
  | "broker-ca";

const of =
  (parse: (text: string) => Parsed<unknown>) =>
  (text: string): string | undefined => {
    const read = parse(text);
    return read.ok ? undefined : read.problem;
  };

/** Asked of every realm, in this order. */
export const QUESTIONS: readonly Question[] = [
  {
    flag: "realm",
    asks: "realm name, the last part of every computer's id",
    problemOf: of(parseRealmName),
  },
  {
    flag: "repository",
    asks: "repository on GitHub, owner/name; its issues are the inbox",
    problemOf: of(parseRepository),
  },
  {
    flag: "admin",
    asks: "first realm admin: a GitHub login, or login:id",
    problemOf: of(parseAdmin),
  },
  {
    flag: "system",
    asks: "first system, a group of computers; also an account on the proxy",
    problemOf: of(parseSystemName),
  },
  { flag: "proxy-host", asks: "proxy's host name or address", problemOf: of(parseHost) },
  { flag: "proxy-port", asks: "port of its SSH server", usual: "22", problemOf: of(parsePort) },
  {
    flag: "ports",
    asks: "ports on the proxy, one per device",
    usual: "20000-20999",
    problemOf: of(parsePorts),
  },
  {
    flag: "broker",
    asks: "broker that wakes devices: none (tunnels are always up), aws-iot or mqtt",
    usual: "none",
    problemOf: (text) =>
      BROKERS.includes(text) ? undefined : `broker ${quoted(text)} is not known; use ${BROKERS.join(", ")}`,
  },
];
const BROKERS: readonly string[] = ["none", "aws-iot", "mqtt"];

/** What else a broker of this type wants to be told. */
export const BROKER_QUESTIONS: Readonly<Record<string, readonly Question[]>> = {
  "aws-iot": [
    {
      flag: "broker-endpoint",
      asks: "endpoint, as `aws iot describe-endpoint --endpoint-type iot:Data-ATS` prints it",
      problemOf: of(parseEndpoint),
    },
    { flag: "broker-region", asks: "AWS region", problemOf: of(parseRegion) },
  ],
  mqtt: [
    { flag: "broker-url", asks: "broker's address, mqtts://host:port", problemOf: of(parseBrokerUrl) },
    { flag: "broker-ca", asks: "file with the broker's CA, in PEM", problemOf: of(parseFile) },
  ],
};

/** `alice`, or `alice:583231` where GitHub can't be asked for the id. */
export function parseAdmin(text: string): Parsed<{ readonly login: string; readonly id?: number }> {
  const [, name = "", digits] = /^([^:]*)(?::([1-9][0-9]{0,14}))?$/.exec(text) ?? [];
  const login = parseLogin(name);
  if (!login.ok) return unparsed(`admin ${quoted(text)} is no login or login:id`);
  return parsed({ login: login.value, ...(digits === undefined ? {} : { id: Number(digits) }) });
}

export function parsePort(text: string): Parsed<number> {
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? parsed(port) : unparsed(`${quoted(text)} is no port; use 1 to 65535`);
}

function parseFile(text: string): Parsed<string> {
  return text === "" ? unparsed("path is empty; name a file") : parsed(text);
}

/** `owner/name@v0.1.0`, or with a full commit id in the tag's place. */
export function parseActions(
  text: string,
): Parsed<Pick<Actions, "repository"> & { readonly at: string; readonly isCommit: boolean }> {
  const [, repository = "", at = ""] = /^([^@]*)@([A-Za-z0-9][A-Za-z0-9._/-]{0,99})$/.exec(text) ?? [];
  const read = parseRepository(repository);
  if (!read.ok) return unparsed(`actions ${quoted(text)} are no owner/name@tag or owner/name@commit`);
  return parsed({ repository: read.value, at, isCommit: /^[0-9a-f]{40}$/.test(at) });
}
