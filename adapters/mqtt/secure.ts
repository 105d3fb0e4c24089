import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";

/** Where the broker is, and how a computer makes itself known there. */
export interface BrokerAccess {
  /** `mqtts://host:port` */
  readonly url: string;
  /** PEM of this computer's X.509 key, and of its certificate. */
  readonly key: string;
  readonly cert: string;
  /** PEM of the broker's CA; left out: the system's roots. */
  readonly ca?: string;
}

/** A cluster may be one name with an address for each node: all are tried, also on Node 18; slow links take so long. */
const EACH_ADDRESS = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1000 } as const;
/** By which AWS IoT Core tells MQTT from HTTPS on port 443, where firewalls let nothing else out. */
const AWS_ALPN = "x-amzn-mqtt-ca";
/** IANA's for MQTT over TLS. */
const PORT = 8883;

/** TLS with both ends' certificates; what is against it comes as the socket's error. */
export function connectSecurely({ url, key, cert, ca }: BrokerAccess): TLSSocket {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return connect({
    host,
    port: port === "" ? PORT : Number(port),
    key,
    cert,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(port === "443" ? { ALPNProtocols: [AWS_ALPN] } : {}),
    ...EACH_ADDRESS,
    rejectUnauthorized: true,
  });
}

/** Milliseconds; the library takes some hundred to load. */
const TAKEN_WITHIN = 5000;

let ahead: { readonly to: string; readonly socket: TLSSocket } | undefined;

/** Begins to connect before the MQTT library is loaded, which takes as long as TLS's handshake. */
export function connectAhead(access: BrokerAccess): void {
  const socket = connectSecurely(access);
  // Whoever takes it hears that it is closed; who finds it closed connects anew, and hears why.
  socket.on("error", () => {});
  const begun = { to: wordsOf(access), socket };
  ahead = begun;
  // A keeper that finds another one serving takes none: the socket alone would keep its process.
  const drop = () => {
    if (ahead !== begun) return;
    ahead = undefined;
    socket.destroy();
  };
  setTimeout(drop, TAKEN_WITHIN).unref();
}

/** That connection, once, unless it led elsewhere or is gone. */
export function takeAhead(access: BrokerAccess): TLSSocket | undefined {
  const found = ahead;
  ahead = undefined;
  if (found === undefined) return undefined;
  if (found.to === wordsOf(access) && !found.socket.destroyed) return found.socket;
  found.socket.destroy();
  return undefined;
}

const wordsOf = ({ url, key, cert, ca }: BrokerAccess): string => JSON.stringify([url, key, cert, ca]);
