import { lstat, readdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { Failure, unavailable } from "../../core/failure.ts";

const ENDING = ".fwd";
const ANSWER_WITHIN = 3_000;
const STOP_WITHIN = 15_000;
/** Bytes. */
const LONGEST = 16_384;

/** What a process that goes by a name does when it is asked. */
export interface Answering {
  /** One JSON document. */
  status(): unknown;
  /** Ends the process; what it answers is not waited for. */
  stop(): void;
}

/**
 * Makes this process answer by a name: on a socket in `folder`, which only this account can enter. A pid could be
 * another process's by now; a socket answers only while its process lives. Returns what takes the name away again.
 */
export async function answerAs(folder: string, name: string, answering: Answering): Promise<() => void> {
  const path = socketOf(folder, name);
  const running = await askNamed(folder, name);
  if (running !== undefined) {
    throw new Failure("usage", `forward ${JSON.stringify(name)} runs already`, {
      hint: `warren forward --stop ${name}, or give this one a name by --name`,
    });
  }
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (asked) => {
      if (asked.toString("latin1") !== "stop\n") return socket.end(`${JSON.stringify(answering.status())}\n`);
      // It stays open: that it closes says that the process is gone.
      answering.stop();
    });
    socket.unref();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  }).catch((cause: unknown) => {
    throw new Failure("usage", `${path} can't be made`, { cause });
  });
  server.unref();
  return () => server.close();
}

/** What the process of that name says; undefined if there is none. What a dead one left is removed. */
export async function askNamed(folder: string, name: string): Promise<unknown> {
  const answer = await say(socketOf(folder, name), "status\n", ANSWER_WITHIN);
  return answer === undefined ? undefined : JSON.parse(answer);
}

/** Resolves when it has ended; false if there is none of the name. */
export async function stopNamed(folder: string, name: string): Promise<boolean> {
  return (await say(socketOf(folder, name), "stop\n", STOP_WITHIN)) !== undefined;
}

/** Names of those that run, or died without taking theirs away. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(ENDING))
    .map((name) => name.slice(0, -ENDING.length))
    .sort();
}

const socketOf = (folder: string, name: string): string => join(folder, `${name}${ENDING}`);

async function say(path: string, words: string, within: number): Promise<string | undefined> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return undefined;
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(path);
    socket.setTimeout(within, () => {
      socket.destroy();
      reject(unavailable(path, new Error(`nothing within ${within / 1000} s`)));
    });
    socket.once("connect", () => socket.write(words));
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
      if (text.length > LONGEST) socket.destroy();
    });
    let refused = false;
    socket.once("error", (error: NodeJS.ErrnoException) => {
      refused = error.code === "ECONNREFUSED" || error.code === "ENOENT";
    });
    socket.once("close", () => {
      if (!refused) return resolve(text);
      void rm(path, { force: true }).then(() => resolve(undefined));
    });
  });
}
