import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { Aedes } from "aedes";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface OpenBroker {
  readonly url: string;
  readonly ca: string;
  /** PEM of a client's key and certificate. */
  readonly client: { readonly key: string; readonly cert: string };
  /** What each client asked for in its TLS greeting, in order. */
  readonly greetings: readonly {
    readonly alpn: string | false | null;
    readonly host: string | false | null;
  }[];
  /** What was published, in order: `topic payload`. */
  readonly said: readonly string[];
  /** The client ids that connected, in order. */
  readonly arrived: readonly string[];
  publish(topic: string, payload: string): void;
  close(): Promise<void>;
}

/**
 * A broker by mutual TLS that lets any client of its CA say and hear everything, on a free port unless one is named.
 * With `alpn` it is known by that protocol alone, and whoever asks for another is turned away.
 */
export async function startOpenBroker(where: { port?: number; alpn?: string } = {}): Promise<OpenBroker> {
  const [caKeys, serverKeys, clientKeys] = await Promise.all([makeKeys(), makeKeys(), makeKeys()]);
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: "CN=test",
    keys: caKeys,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  const issue = async (subject: string, { publicKey }: webcrypto.CryptoKeyPair) =>
    X509CertificateGenerator.create({
      subject,
      issuer: ca.subject,
      publicKey,
      signingKey: caKeys.privateKey,
      extensions: [
        new SubjectAlternativeNameExtension([
          { type: "ip", value: "127.0.0.1" },
          { type: "dns", value: "localhost" },
        ]),
      ],
    }).then((certificate) => certificate.toString("pem"));

  const aedes = await Aedes.createBroker();
  const said: string[] = [];
  const arrived: string[] = [];
  aedes.on("client", ({ id }) => arrived.push(id));
  aedes.on("publish", ({ topic, payload }, client) => {
    if (client !== null) said.push(`${topic} ${payload}`);
  });
  const sockets = new Set<TLSSocket>();
  const greetings: OpenBroker["greetings"][number][] = [];
  const server = createServer(
    {
      key: await printKey(serverKeys),
      cert: await issue("CN=127.0.0.1", serverKeys),
      ca: ca.toString("pem"),
      requestCert: true,
      rejectUnauthorized: true,
      ...(where.alpn === undefined ? {} : { ALPNProtocols: [where.alpn] }),
    },
    (socket) => {
      greetings.push({ alpn: socket.alpnProtocol, host: socket.servername });
      sockets.add(socket.setNoDelay(true));
      aedes.handle(socket);
    },
  );
  server.listen(where.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtts://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: ca.toString("pem"),
    client: { key: await printKey(clientKeys), cert: await issue("CN=client", clientKeys) },
    greetings,
    said,
    arrived,
    publish: (topic, payload) =>
      aedes.publish({ cmd: "publish", topic, payload, qos: 1, retain: false, dup: false }, () => {}),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}

const makeKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);

async function printKey({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString("base64")}\n-----END PRIVATE KEY-----\n`;
}
