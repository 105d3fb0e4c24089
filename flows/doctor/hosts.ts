import { Failure } from "../../core/failure.ts";
import type { Network } from "../../core/inspection.ts";
import { type Check, couldNotLook, type Finding, ok, problem } from "./check.ts";
import { endFinding } from "./ends.ts";

/** An SSH server, and the host keys that are pinned for it. */
export interface Pinned {
  readonly host: string;
  readonly port: number;
  readonly hostKeys: readonly string[];
}

/** Whether a proxy answers with a key that is pinned. Where it shows several, ssh takes one that is known. */
export async function pinFindings(
  network: Network,
  { host, port, hostKeys }: Pinned,
  fix: { readonly unreachable: string; readonly stranger: (shown: readonly string[]) => string },
): Promise<{ readonly shown: readonly string[]; readonly findings: readonly Finding[] }> {
  const at = `${host}:${port}`;
  let shown: readonly string[];
  try {
    shown = await network.hostKeys(host, port);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { shown: [], findings: [problem(error.message, fix.unreachable)] };
  }
  const finding = shown.some((line) => hostKeys.includes(line))
    ? ok(`${at} answers, with a host key that is pinned`)
    : problem(`${at} answers with a host key that is not pinned`, fix.stranger(shown));
  return { shown, findings: [finding] };
}

/** Where a broker listens, and whose word its certificate needs. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  /** PEM; left out: the system's roots. */
  readonly ca?: string;
}

/** What a look at a host takes. */
export interface HostPorts {
  readonly network: Network;
  readonly now: () => Date;
}

/**
 * Whether TLS can be agreed on with the broker, and until when; without a certificate of one's own nobody gets further.
 */
export const brokerCheck = (
  { network, now }: HostPorts,
  name: string,
  broker: BrokerAddress | undefined,
): Check => ({
  name,
  run: async () => {
    if (broker === undefined) return [ok("realm.yaml names no broker: tunnels are always up")];
    const { host, port, ca } = broker;
    try {
      const ends = await network.handshake(host, port, ca);
      const answers = ok(`${host}:${port} answers, with a certificate that is trusted`);
      return [answers, endFinding(`the certificate of ${host}:${port}`, ends, now(), renewal(broker))];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const fix = hasExpired(error) ? renewal(broker) : "check the address, firewalls, and the broker's CA";
      return [problem(error.message, fix)];
    }
  },
});

const renewal = ({ host, ca }: BrokerAddress): string =>
  ca === undefined
    ? "whoever runs the broker renews its certificate"
    : `on the broker's host sign its request again where the CA's key is (warren broker certificate ${host}), put server.pem in place, and reload the broker`;

/** By what TLS gave as its reason. */
const hasExpired = ({ cause }: Failure): boolean =>
  typeof cause === "object" && cause !== null && "code" in cause && cause.code === "CERT_HAS_EXPIRED";

const SECURE_MQTT = 8883;

/** `host`, `host:port` or `mqtts://host:port`. */
export function brokerAddress(text: string, ca?: string): BrokerAddress {
  const [, host = "", port] = /^(?:mqtts:\/\/)?(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: port === undefined ? SECURE_MQTT : Number(port), ...(ca === undefined ? {} : { ca }) };
}

/** Over a minute, AWS and TLS refuse what is signed here, and ends of access come at other times than they should. */
const MOST_SKEW_MS = 60_000;

/** The forge's clock against ours. */
export const clockCheck = (forge: () => Promise<Date>, now: () => Date): Check => ({
  name: "clock",
  run: async () => {
    let theirs: Date;
    try {
      theirs = await forge();
    } catch (error) {
      return [couldNotLook(error)];
    }
    const skew = now().getTime() - theirs.getTime();
    const seconds = Math.round(Math.abs(skew) / 1000);
    if (Math.abs(skew) <= MOST_SKEW_MS) return [ok("this computer's clock agrees with GitHub's")];
    return [
      problem(
        `this computer's clock is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} GitHub's`,
        "timedatectl set-ntp true",
      ),
    ];
  },
});
