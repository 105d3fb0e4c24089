import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { Aedes, type AuthenticateError, type Client, type ConnectPacket } from "aedes";
import type { LocalCa } from "../../adapters/local-ca/ca.ts";
import type { Iot } from "../iot/iot.ts";
import { type Holder, holderOf } from "./holder.ts";

export interface BrokerSettings {
  readonly iot: Iot;
  readonly ca: LocalCa;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the broker on a free port of 127.0.0.1: mutual TLS, and every packet judged by policy. */
export async function startBroker({ iot, ca }: BrokerSettings): Promise<Broker> {
  const { keyPem, certPem } = await ca.serverCertificate(["127.0.0.1", "localhost"]);
  const holders = new WeakMap<Client, Holder>();
  const judge = (client: Client | null): Holder | undefined =>
    client === null ? undefined : holders.get(client);
  const live = new Map<string, Set<Client>>();

  const aedes = new Aedes({
    connectTimeout: 10_000,
    preConnect: (client, packet, done) => {
      const holder = holderOf(client.conn, iot);
      if (holder === undefined || !mayConnect(holder, packet)) return done(refusal(), false);
      holders.set(client, holder);
      live.set(holder.certificate, (live.get(holder.certificate) ?? new Set()).add(client));
      done(null, true);
    },
    // As AWS IoT Core does, a publish that the policy forbids ends the connection.
    authorizePublish: (client, { topic, retain }, done) => {
      const holder = judge(client);
      done(holder !== undefined && mayPublish(holder, topic, retain) ? null : new Error("not authorized"));
    },
    // A subscription that it forbids is answered with failure.
    authorizeSubscribe: (client, subscription, done) => {
      const allowed = judge(client)?.may("iot:Subscribe", "topicfilter", subscription.topic) === true;
      done(null, allowed ? subscription : null);
    },
    authorizeForward: (client, packet) => {
      const allowed = judge(client)?.may("iot:Receive", "topic", packet.topic) === true;
      return allowed ? packet : null;
    },
  });
  await aedes.listen();
  aedes.on("clientDisconnect", (client) => {
    const holder = judge(client);
    if (holder !== undefined) live.get(holder.certificate)?.delete(client);
  });
  // A peer that breaks off is its own trouble.
  aedes.on("clientError", () => {});
  aedes.on("connectionError", () => {});

  const stopHearing = iot.onChange((certificate) => {
    if (iot.find(certificate)?.status === "ACTIVE") return;
    for (const client of live.get(certificate) ?? []) client.close();
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
  return {
    host: "127.0.0.1",
    port,
    close: async () => {
      stopHearing();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await closed;
    },
  };
}

const mayConnect = (holder: Holder, { clientId, will }: ConnectPacket): boolean =>
  holder.may("iot:Connect", "client", clientId ?? "") &&
  (will === undefined || mayPublish(holder, will.topic, will.retain));

const mayPublish = (holder: Holder, topic: string, retain: boolean | undefined): boolean =>
  holder.may("iot:Publish", "topic", topic) &&
  (retain !== true || holder.may("iot:RetainPublish", "topic", topic));

/** MQTT 3.1.1, 3.2.2.3: connection refused, not authorized. */
const refusal = (): AuthenticateError => Object.assign(new Error("not authorized"), { returnCode: 5 });
