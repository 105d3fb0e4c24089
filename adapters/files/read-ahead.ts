import { Worker } from "node:worker_threads";

/** Below this a thread of its own takes longer to start than it saves. */
const FEWEST = 2000;
const [SLOTS, ROOM] = [256, 16 * 1024];
/** Places in the shared words: how many files were filled in and taken out, then each slot's length, or -1. */
const [FILLED, TAKEN, LENGTHS] = [0, 1, 2];
/** Nobody waits longer for a thread that died, or never began. */
const PATIENCE_MS = 5000;

/**
 * What the thread runs: it knows nothing but `workerData`, for it stands as text in whatever bundle holds it. A file that
 * it can't read, or that needs more room, is left to the reader.
 */
const FILLING = `
const { closeSync, constants, openSync, readSync } = require("node:fs");
const { dir, paths, words, bytes, slots, room } = require("node:worker_threads").workerData;
const filled = new Int32Array(words);
for (let at = 0; at < paths.length; at++) {
  for (;;) {
    const taken = Atomics.load(filled, ${TAKEN});
    if (at - taken < slots) break;
    Atomics.wait(filled, ${TAKEN}, taken);
  }
  let length = -1;
  try {
    // A pipe that nobody writes into would hold this thread, and with it the process, for ever.
    const file = openSync(dir + "/" + paths[at], constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      length = readSync(file, new Uint8Array(bytes, (at % slots) * room, room), 0, room, 0);
    } finally {
      closeSync(file);
    }
  } catch {}
  filled[${LENGTHS} + (at % slots)] = length < room ? length : -1;
  Atomics.store(filled, ${FILLED}, at + 1);
  Atomics.notify(filled, ${FILLED});
}
`;

/**
 * The bytes of many files of a folder, in order, read by a thread of its own while the caller works on those before;
 * undefined: read this one yourself. The bytes count until the next are taken.
 */
export function* readAhead(dir: string, paths: readonly string[]): Generator<Buffer | undefined> {
  const words = new SharedArrayBuffer(4 * (LENGTHS + SLOTS));
  const bytes = new SharedArrayBuffer(SLOTS * ROOM);
  const filled = new Int32Array(words);
  const workerData = { dir, paths, words, bytes, slots: SLOTS, room: ROOM };
  const options = { eval: true, execArgv: [], workerData };
  const worker = paths.length < FEWEST ? undefined : new Worker(FILLING, options);
  worker?.unref();
  worker?.on("error", () => undefined);
  let [ready, alive] = [0, worker !== undefined];
  try {
    for (let at = 0; at < paths.length; at++) {
      while (alive && at >= ready) {
        alive = Atomics.wait(filled, FILLED, ready, PATIENCE_MS) !== "timed-out";
        ready = Atomics.load(filled, FILLED);
      }
      const slot = at % SLOTS;
      const length = at < ready ? (filled[LENGTHS + slot] ?? -1) : -1;
      yield length < 0 ? undefined : Buffer.from(bytes, slot * ROOM, length);
      Atomics.store(filled, TAKEN, at + 1);
      if (slot % 64 === 0) Atomics.notify(filled, TAKEN);
    }
  } finally {
    void worker?.terminate();
  }
}
