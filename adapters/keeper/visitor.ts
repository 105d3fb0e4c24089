import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Answer, type Request, readAnswer } from "../../core/computer/keeper-words.ts";
import { unavailable } from "../../core/failure.ts";
import { listenTo, sayTo } from "./line.ts";

/** How a command finds the keeper of its profile. */
export interface KeeperWays {
  address(): Promise<string>;
  readonly version: string;
  /** Starts one, and returns at once; `died` resolves with why it ended, if it did. */
  start(): Promise<{ readonly died: Promise<Error> }>;
}

/** A command's connection to the keeper. */
export interface Visitor {
  say(request: Request): void;
  /** Of all answers behind the first. */
  onAnswer(heard: (answer: Answer) => void): void;
  onClose(heard: () => void): void;
  close(): void;
}

const TRIES = 4;
const STARTED_WITHIN = 10_000;
const ASK_EVERY = 10;

/** Connects to the keeper; one that is not there is started, and one of another version makes room for ours. */
export async function visitKeeper(ways: KeeperWays): Promise<Visitor> {
  const path = await ways.address();
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const socket = (await connectTo(path)) ?? (await startAndConnect(path, ways));
    const visitor = new Connected(socket);
    const version = await visitor.version;
    if (version === ways.version) return visitor;
    // Undefined: it was just ending.
    if (version !== undefined) visitor.say({ kind: "retire" });
    await visitor.closed;
  }
  throw unavailable("keeper", new Error("another version of warren comes back again and again"));
}

async function startAndConnect(path: string, ways: KeeperWays): Promise<Socket> {
  const { died } = await ways.start();
  const deadline = Date.now() + STARTED_WITHIN;
  for (;;) {
    const socket = await connectTo(path);
    if (socket !== undefined) return socket;
    const why = await Promise.race([died, pause(ASK_EVERY)]);
    // It may have ended because another one was quicker.
    const late = (await connectTo(path)) ?? undefined;
    if (late !== undefined) return late;
    if (why instanceof Error) throw unavailable("keeper", why);
    if (Date.now() > deadline) throw unavailable("keeper", new Error("it does not come up"));
  }
}

/** Undefined if nobody answers by the name. */
async function connectTo(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return undefined;
  }
}

class Connected implements Visitor {
  /** What it says of itself; undefined if it ends instead. */
  readonly version: Promise<string | undefined>;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #heard: (answer: Answer) => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    this.version = new Promise((resolve) => {
      void this.closed.then(() => resolve(undefined));
      listenTo(socket, (line) => {
        const answer = readAnswer(line);
        if (answer?.kind === "keeper") resolve(answer.version);
        else if (answer !== undefined) this.#heard(answer);
      });
    });
  }

  say(request: Request): void {
    sayTo(this.#socket, request);
  }

  onAnswer(heard: (answer: Answer) => void): void {
    this.#heard = heard;
  }

  onClose(heard: () => void): void {
    void this.closed.then(heard);
  }

  close(): void {
    this.#socket.end();
    // The keeper closes its end when it has read ours; a command need not wait for that.
    this.#socket.unref();
  }
}
