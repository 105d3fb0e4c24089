import { X509Certificate } from "node:crypto";
import { parseSystemName } from "../names.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** The grammars of realm.yaml's own words; names, keys and durations have theirs elsewhere. */

const by =
  (pattern: RegExp, what: string) =>
  (text: string): Parsed<string> =>
    pattern.test(text) ? parsed(text) : unparsed(`${quoted(text)} is no ${what}`);

/** A login as GitHub gives them out, `_` of managed accounts included; an app's `[bot]` is no person. */
export const parseLogin = by(/^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/, "GitHub login; use letters, digits and -");

/** A file beside realm.yaml, or below: no way out of the repository. */
export const parseListPath = by(
  /^(?=.{1,200}$)[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
  "path beside realm.yaml; write it as in weak-keys.txt, with letters, digits and ._-/",
);

/** `@org/team` */
export const parseTeam = by(
  /^@[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/,
  "team; write @org/team",
);

export const parseRepository = by(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  "repository; write owner/name",
);

export const parseSuffix = by(
  /^[A-Za-z0-9.-]{0,60}$/,
  "suffix of a client id; use at most 60 letters, digits, . and -",
);

/** A proxy's name becomes a folder of `render` and a word of messages. */
export const parseProxyName = by(
  /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/,
  "proxy name; use a-z, 0-9 and -, at most 32, with - neither first nor last",
);

const LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const HOST = `(?=.{1,253}$|.{1,253}:)${LABEL}(\\.${LABEL})*`;

/** A host name or an address; an IPv6 address stands without brackets. */
export const parseHost = by(
  new RegExp(`^(${HOST}|(?=[0-9A-Fa-f:.]*:)[0-9A-Fa-f:.]{2,45})$`),
  "host name or address",
);

export const parseEndpoint = by(
  new RegExp(`^${HOST}(:[1-9][0-9]{0,4})?$`),
  "endpoint; write a host, or host:port",
);

export const parseBrokerUrl = by(
  new RegExp(`^mqtts://${HOST}(:[1-9][0-9]{0,4})?$`),
  "broker's address; write mqtts://host:port",
);

export const parseRegion = by(/^[a-z]+(-[a-z]+)+-[0-9]+$/, "AWS region; write it as in eu-central-1");

/** iot:CreatePolicy, policyName. */
export const parsePolicyName = by(
  /^[\w+=,.@-]{1,128}$/,
  "policy name of AWS IoT; use letters, digits and _+=,.@-, at most 128",
);

/** useradd(8) */
export const parseAccount = by(
  /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/,
  "account name; use letters, digits, _, . and -, at most 32",
);

/** The proxy's side of a sync is one account with one sudo rule: neither root nor a system's. */
export function parseSyncUser(text: string): Parsed<string> {
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(text)) {
    return unparsed(`${quoted(text)} is no account name; use a-z, 0-9, _ and -, at most 31`);
  }
  const taken = text.startsWith("warren-") ? undefined : parseSystemName(text);
  return taken?.ok === false && text !== "warren" && /already hold/.test(taken.problem)
    ? unparsed(`${quoted(text)} is an account with another purpose; use one of its own, as in warren-sync`)
    : parsed(text);
}

export const parseGlob = by(
  /^[a-z0-9*?-]{1,64}$/,
  "pattern of computer names; use a-z, 0-9, - and the signs * and ?",
);

export const parseDescription = by(
  /^[^\p{Cc}\u2028\u2029]{0,200}$/u,
  "description; use one line of at most 200 characters",
);

/** One or more PEM certificates, one after another. */
export function parseCertificates(text: string): Parsed<string> {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  const rest = blocks.reduce((left, block) => left.replace(block, ""), text).trim();
  if (blocks.length === 0 || rest !== "")
    return unparsed("text is no PEM certificate; give the broker's CA as a block");
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return unparsed("text has a PEM certificate that can't be read");
  }
  return parsed(text);
}

/** Ports of one system on its proxy, both ends included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `61000-61999`: unprivileged ports, for a system's account listens on them. */
export function parsePorts(text: string): Parsed<PortRange> {
  const [, from = "", to = ""] = /^([1-9][0-9]{0,5})-([1-9][0-9]{0,5})$/.exec(text) ?? [];
  if (from === "") return unparsed(`${quoted(text)} is no port range; write first-last, as in 61000-61999`);
  const [first, last] = [Number(from), Number(to)];
  if (first < 1024 || last > 65_535)
    return unparsed(`${quoted(text)} is out of range; use ports from 1024 to 65535`);
  if (first > last)
    return unparsed(`${quoted(text)} ends before it begins; write first-last, as in ${last}-${first}`);
  return parsed({ first, last });
}
