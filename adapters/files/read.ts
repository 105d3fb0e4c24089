import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { causeOf, Failure } from "../../core/failure.ts";

const MB = 1024 ** 2;
/** Bytes of a file that a person names; a list of weak keys is the longest (core/keys/blocklist.ts). */
export const LONGEST_INPUT = 16 * MB;
/** Bytes of one that Warren wrote; a proxy's files together have no more (core/access/bundle.ts). */
const LONGEST_OWN = 64 * MB;
const PIECE = 64 * 1024;
/** Milliseconds from one look into a pipe to the next. */
const LOOK_EVERY = 20;

/** Waits for nobody: a pipe that nobody writes into would hold this process for ever. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The text of a file; undefined if there is none. A file that can't be read is an exception, not a missing one, and so is
 * what is no file, or has more than `most` bytes: no path that anybody chose fills the memory.
 */
export async function readIfThere(path: string, most = LONGEST_OWN): Promise<string | undefined> {
  const file = await open(path, READ).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    return (await readWhole(file, most)).toString("utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** The text of a file, or of a pipe, that a person named: one that can't be read is wrong usage. */
export async function readInput(path: string, most = LONGEST_INPUT): Promise<string> {
  const text = await readIfThere(path, most).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (text === undefined) throw unreadable(path, new Error("there is no such file"));
  return text;
}

/** The bytes of a file, at once. Throws what is against it as it is; of a pipe only what stands in it already is read. */
export function readBytesNow(path: string, most = LONGEST_INPUT): Buffer {
  const file = openSync(path, READ);
  try {
    mustBeReadable(fstatSync(file));
    const read = new Reading(most);
    while (read.add(readSync(file, read.room)));
    return read.whole();
  } finally {
    closeSync(file);
  }
}

async function readWhole(file: FileHandle, most: number): Promise<Buffer> {
  const stats = await file.stat();
  mustBeReadable(stats);
  const read = new Reading(most);
  while (read.add(await readSome(file, read.room)));
  const bytes = read.whole();
  if (stats.isFIFO() && bytes.length === 0) throw new Error("it is a pipe, and nobody writes into it");
  return bytes;
}

/** Whoever writes into a pipe may take their time. */
async function readSome(file: FileHandle, room: Buffer): Promise<number> {
  for (;;) {
    try {
      return (await file.read(room)).bytesRead;
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) throw error;
      await pause(LOOK_EVERY);
    }
  }
}

/** What was read of a file so far. */
class Reading {
  readonly #most: number;
  readonly #pieces: Buffer[] = [];
  #length = 0;
  readonly room = Buffer.allocUnsafe(PIECE);

  constructor(most: number) {
    this.#most = most;
  }

  /** Keeps that many bytes of `room`; none are the end. */
  add(length: number): boolean {
    this.#length += length;
    if (this.#length > this.#most)
      throw new Error(`it has more than ${this.#most} bytes; ${this.#most / MB} MB at most`);
    this.#pieces.push(Buffer.from(this.room.subarray(0, length)));
    return length > 0;
  }

  whole(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** /dev/zero never ends, and a terminal waits for somebody to type. */
function mustBeReadable(stats: Stats): void {
  if (stats.isDirectory()) throw new Error("it is a folder");
  if (stats.isCharacterDevice() || stats.isBlockDevice()) throw new Error("it is a device; name a file");
}

/** What is said of a file that can't be read: wrong usage, unless something else is known of it. */
export const unreadable = (path: string, cause: unknown): Failure =>
  cause instanceof Failure
    ? cause
    : new Failure("usage", `${path} can't be read: ${causeOf(cause)}`, { cause });

/** Under jest an error of fs is no instance of this realm's Error: ask for its code. */
export const hasCode = (error: unknown, code: string): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === code;

export const isMissing = (error: unknown): boolean => hasCode(error, "ENOENT");
