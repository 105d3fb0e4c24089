import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, Request } from "../../core/computer/keeper-words.ts";
import { readRequest } from "../../core/computer/keeper-words.ts";
import { withLock } from "../files/lock.ts";
import { type KeeperAddress, markOf } from "./address.ts";
import { listenTo, sayTo } from "./line.ts";

export interface Welcomed {
  hear(request: Request): void;
  gone(): void;
}

const OWNER_ONLY = 0o177;
/** One that has its name already listens within microseconds. */
const SURE_AFTER = 100;
const LOOK_EVERY = 1_000;

/**
 * Serves at the address; undefined if another keeper does. `replaced` is called once the name leads elsewhere, or the
 * folder is gone: nobody finds this one any more.
 */
export async function serveKeeper(
  { path, folder }: KeeperAddress,
  welcome: (say: (answer: Answer) => void) => Welcomed,
  replaced: () => void,
): Promise<{ close(): Promise<void> } | undefined> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const guest = welcome((answer) => sayTo(socket, answer));
    listenTo(socket, (line) => {
      const request = readRequest(line);
      // Another version's command sees our version in the first line, and knows what to do.
      if (request !== undefined) guest.hear(request);
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      guest.gone();
    });
  });
  const serves = await listen(server, path).then(
    () => true,
    () => folder !== undefined && takeOver(server, path, folder),
  );
  if (!serves) return undefined;
  const mark = await markOf(path);
  const timer = setInterval(async () => {
    if (folder !== undefined && (await markOf(path)) !== mark) replaced();
  }, LOOK_EVERY);
  return {
    async close() {
      clearInterval(timer);
      // Node removes the name with the server, and must not remove another's.
      const ours = (await markOf(path)) === mark;
      if (ours) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A name that nobody answers by is a dead one's. Of several that see so, the lock lets one take it. */
const takeOver = (server: Server, path: string, folder: string): Promise<boolean> =>
  withLock(
    folder,
    async () => {
      const mark = await markOf(path);
      if (await answers(path)) return false;
      await pause(SURE_AFTER);
      if ((await answers(path)) || (await markOf(path)) !== mark) return false;
      await rm(path, { force: true });
      return listen(server, path).then(
        () => true,
        () => false,
      );
    },
    "keeper.lock",
  );

/** For this account alone from its first moment. */
async function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(OWNER_ONLY);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await once(server, "listening");
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
  });
