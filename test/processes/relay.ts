import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to one of several servers that can be cut, as a load balancer or a link is. Nothing that passes is looked at. */
export interface Relay {
  readonly port: number;
  /** Ends all connections, and lets none in until `mend`. */
  cut(): void;
  mend(): void;
  /** What is connected now stays so and carries nothing more, as behind a router that has forgotten it. */
  forget(): void;
  /** Lets none in until `mend`. */
  refuse(): void;
  close(): Promise<void>;
}

/** Each connection goes to the first of these ports of 127.0.0.1 that answers, the next one's search begins one further on. */
export async function startRelay(ports: readonly number[]): Promise<Relay> {
  const { sockets, kept, endAll } = keptSockets();
  let isCut = false;
  let turn = 0;
  const server = createServer(async (client) => {
    kept(client);
    const upstream = isCut ? undefined : await firstThatAnswers(ports, turn++);
    if (upstream === undefined || client.destroyed) {
      client.destroy();
      upstream?.destroy();
      return;
    }
    kept(upstream);
    client.pipe(upstream).pipe(client);
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const refuse = () => {
    isCut = true;
  };
  return {
    port: (server.address() as AddressInfo).port,
    refuse,
    cut: () => {
      refuse();
      endAll();
    },
    forget: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: () => {
      isCut = false;
    },
    close: async () => {
      endAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sockets that pass on what they get at once, and whose failures are their ends; those that are still open. */
export function keptSockets() {
  const sockets = new Set<Socket>();
  const kept = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket
      .setNoDelay(true)
      .on("error", () => {})
      .once("close", () => sockets.delete(socket));
  };
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return { sockets, kept, endAll };
}

async function firstThatAnswers(ports: readonly number[], from: number): Promise<Socket | undefined> {
  for (let tries = 0; tries < ports.length; tries++) {
    const socket = connect(ports[(from + tries) % ports.length] ?? 0, "127.0.0.1");
    const answers = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    if (answers) return socket;
  }
  return undefined;
}
