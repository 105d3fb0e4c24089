import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { Aedes, type Client, type ConnectPacket } from "aedes";
import type { LocalCa } from "../../adapters/local-ca/ca.ts";
import type { Iot } from "../iot/iot.ts";
import { type Holder, holderOf } from "./holder.ts";
import { isBeyondLimits, type Message } from "./limits.ts";

export interface BrokerSettings {
  readonly iot: Iot;
  readonly ca: LocalCa;
  /** Milliseconds until the session of a deactivated certificate ends by itself; AWS's "within a few minutes". */
  readonly lingering?: number;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the broker on a free port of 127.0.0.1: mutual TLS, and every packet judged by policy. */
export async function startBroker({ iot, ca, lingering = 120_000 }: BrokerSettings): Promise<Broker> {
  const { keyPem, certPem } = await ca.serverCertificate(["127.0.0.1", "localhost"]);
  const sessions = new WeakMap<Client, Session>();
  const sessionOf = (client: Client | null): Session | undefined =>
    client === null ? undefined : sessions.get(client);
  const live = new Set<{ readonly client: Client; readonly certificate: string }>();

  const aedes = new Aedes({
    connectTimeout: 10_000,
    preConnect: (client, packet, done) => {
      const holder = holderOf(client.conn, iot);
      if (holder === undefined || !mayConnect(holder, packet))
        return done(new Error("not authorized"), false);
      sessions.set(client, { holder, exactFilters: new Set() });
      const entry = { client, certificate: holder.certificate };
      live.add(entry);
      client.conn.once("close", () => live.delete(entry));
      done(null, true);
    },
    // As AWS IoT Core does, a publish that the policy forbids ends the connection.
    authorizePublish: (client, packet, done) => {
      const holder = sessionOf(client)?.holder;
      done(holder !== undefined && mayPublish(holder, packet) ? null : new Error("not authorized"));
    },
    // A subscription that it forbids is answered with failure.
    authorizeSubscribe: (client, subscription, done) => {
      const session = sessionOf(client);
      const { topic } = subscription;
      if (session?.holder.may("iot:Subscribe", "topicfilter", topic) !== true) return done(null, null);
      if (!/[+#]/.test(topic)) session.exactFilters.add(topic);
      done(null, subscription);
    },
    authorizeForward: (client, packet) => {
      const session = sessionOf(client);
      if (session?.holder.may("iot:Receive", "topic", packet.topic) !== true) return null;
      // AWS sends what was retained to exact filters alone, never to wildcards.
      return packet.retain && !session.exactFilters.has(packet.topic) ? null : packet;
    },
  });
  await aedes.listen();
  // A peer that breaks off is its own trouble.
  aedes.on("clientError", () => {});
  aedes.on("connectionError", () => {});

  const timers = new Set<NodeJS.Timeout>();
  const stopHearing = iot.onChange((certificate) => {
    if (iot.find(certificate)?.status === "ACTIVE") return;
    const end = () => {
      if (iot.find(certificate)?.status === "ACTIVE") return;
      for (const { client, certificate: held } of live) if (held === certificate) client.close();
    };
    timers.add(setTimeout(end, lingering).unref());
  });
  const stopEnding = iot.onDisconnect((clientId) => {
    const ended = [...live].filter(({ client }) => client.id === clientId);
    for (const { client } of ended) client.close();
    return ended.length > 0;
  });

  const server = createServer({
    key: keyPem,
    cert: certPem,
    ca: [ca.certPem],
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
  });
  const sockets = new Set<TLSSocket>();
  server.on("secureConnection", (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  iot.endpoint = `127.0.0.1:${port}`;
  return {
    host: "127.0.0.1",
    port,
    close: async () => {
      stopHearing();
      stopEnding();
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await closed;
    },
  };
}

/** What the broker keeps of a connection. */
interface Session {
  readonly holder: Holder;
  /** The filters without wildcards that it was granted. */
  readonly exactFilters: Set<string>;
}

const mayConnect = (holder: Holder, { clientId, will }: ConnectPacket): boolean =>
  holder.may("iot:Connect", "client", clientId ?? "") && (will === undefined || mayPublish(holder, will));

const mayPublish = (holder: Holder, message: Message): boolean =>
  !isBeyondLimits(message) &&
  holder.may("iot:Publish", "topic", message.topic) &&
  (message.retain !== true || holder.may("iot:RetainPublish", "topic", message.topic));
