import { closeSync, constants, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import type { SystemName } from "../../core/names.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { RecordFiles } from "../../core/registry/record-file.ts";
import { Registry, type SystemRecords } from "../../core/registry/registry.ts";
import { readRegistryHead } from "../../core/registry/registry-file.ts";
import { readBytesNow } from "./read.ts";
import { readAhead } from "./read-ahead.ts";

const HEAD = "registry.json";
/** Most records have 3,000 bytes. */
const ROOM = 64 * 1024;

/**
 * Reads a checkout of the branch `registry`. What can't be read is a failure with its file, never a smaller registry;
 * a folder without registry.json is no registry. Reads in one go: 100,000 small files take longer one promise each.
 */
export function readRegistryFolder(dir: string): Registry {
  const { sequence, systems } = headOf(dir);
  const paths = foldersIn(dir).flatMap((system) => pathsIn(dir, system));
  return Registry.of(sequence, recordsAt(dir, paths), systems);
}

/** The same folder, of which a system is read when it's asked for, and then forgotten. */
export function openRegistryFolder(dir: string): SystemRecords {
  const { sequence, systems } = headOf(dir);
  const folders = new Set(foldersIn(dir));
  const inSystem = (system: SystemName): readonly ComputerRecord[] =>
    folders.has(system) ? recordsAt(dir, pathsIn(dir, system)) : [];
  return { sequence, systems, inSystem };
}

function headOf(dir: string) {
  const head = readRegistryHead(readText(join(dir, HEAD)));
  if (!head.ok) throw new Failure("usage", `${join(dir, HEAD)}: ${head.problem}`);
  return head.value;
}

function recordsAt(dir: string, paths: readonly string[]): readonly ComputerRecord[] {
  const records: ComputerRecord[] = [];
  const [room, files] = [Buffer.allocUnsafeSlow(ROOM), new RecordFiles()];
  let at = 0;
  for (const bytes of readAhead(dir, paths)) {
    const path = paths[at++] ?? "";
    const record = files.read(bytes ?? readBytes(`${dir}/${path}`, room), path);
    if (!record.ok) throw new Failure("usage", `${join(dir, path)}: ${record.problem}`);
    records.push(record.value);
  }
  return records;
}

const foldersIn = (dir: string): readonly string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((system) => system.isDirectory() && !system.name.startsWith("."))
    .map(({ name }) => name);

/** One file a computer. */
const pathsIn = (dir: string, system: string): readonly string[] =>
  readdirSync(join(dir, system)).map((file) => `${system}/${file}`);

const readText = (path: string): string => tried(path, () => readBytesNow(path).toString("utf8"));

/** A file's bytes, in `room` if they fit: three calls of the system a file, and nothing left behind for each. */
function readBytes(path: string, room: Buffer): Buffer {
  return tried(path, () => {
    // A pipe in the place of a record would hold this process for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const length = readSync(file, room, 0, room.length, 0);
      return length < room.length ? room.subarray(0, length) : readBytesNow(path);
    } finally {
      closeSync(file);
    }
  });
}

function tried<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Failure("usage", `${path} can't be read: ${causeOf(error)}`, { cause: error });
  }
}
