import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { keptSockets } from "../test/processes/relay.ts";

/** A way to a port of 127.0.0.1 with a round trip of so many milliseconds. */
export interface SlowLeg {
  readonly port: number;
  /** Of connections that begin from now on. */
  roundTrip: number;
  close(): Promise<void>;
}

export async function startSlowLeg(to: number): Promise<SlowLeg> {
  const { kept, endAll } = keptSockets();
  const leg = { port: 0, roundTrip: 0, close };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    kept(client);
    const half = leg.roundTrip / 2;
    const later = (act: () => void) => (half === 0 ? act() : setTimeout(act, half));
    const begin = () => {
      const upstream = kept(connect({ port: to, host: "127.0.0.1", allowHalfOpen: true }));
      for (const [from, into] of [[client, upstream] as const, [upstream, client] as const]) {
        // What the client said before its handshake would have been over is not delayed once more.
        const began = performance.now();
        const first = from === client ? half : 0;
        from.on("data", (chunk) => {
          if (performance.now() - began < first) into.write(chunk);
          else later(() => into.write(chunk));
        });
        from.on("end", () => later(() => into.end()));
        from.on("close", () => later(() => into.destroy()));
      }
    };
    // SYN there, SYN-ACK back, ACK there: then a server accepts.
    if (half === 0) begin();
    else setTimeout(begin, 3 * half);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  leg.port = (server.address() as AddressInfo).port;
  return leg;

  async function close(): Promise<void> {
    endAll();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
