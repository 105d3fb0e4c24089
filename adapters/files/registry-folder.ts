import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { RecordFiles } from "../../core/registry/record-file.ts";
import { Registry } from "../../core/registry/registry.ts";
import { readRegistryHead } from "../../core/registry/registry-file.ts";
import { readAhead } from "./read-ahead.ts";

const HEAD = "registry.json";
/** Most records have 3,000 bytes. */
const ROOM = 64 * 1024;

/**
 * Reads a checkout of the branch `registry`. What can't be read is a failure with its file, never a smaller registry;
 * a folder without registry.json is no registry. Reads in one go: 100,000 small files take longer one promise each.
 */
export function readRegistryFolder(dir: string): Registry {
  const head = readRegistryHead(readText(join(dir, HEAD)));
  if (!head.ok) throw new Failure("usage", `${join(dir, HEAD)}: ${head.problem}`);
  const records: ComputerRecord[] = [];
  const [room, files, paths] = [Buffer.allocUnsafeSlow(ROOM), new RecordFiles(), pathsIn(dir)];
  let at = 0;
  for (const bytes of readAhead(dir, paths)) {
    const path = paths[at++] ?? "";
    const record = files.read(bytes ?? readBytes(`${dir}/${path}`, room), path);
    if (!record.ok) throw new Failure("usage", `${join(dir, path)}: ${record.problem}`);
    records.push(record.value);
  }
  return Registry.of(head.value.sequence, records, head.value.systems);
}

/** One file a computer, each in its system's folder. */
const pathsIn = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((system) => system.isDirectory() && !system.name.startsWith("."))
    .flatMap(({ name }) => readdirSync(join(dir, name)).map((file) => `${name}/${file}`));

const readText = (path: string): string => tried(path, () => readFileSync(path, "utf8"));

/** A file's bytes, in `room` if they fit: three calls of the system a file, and nothing left behind for each. */
function readBytes(path: string, room: Buffer): Buffer {
  return tried(path, () => {
    const file = openSync(path, "r");
    try {
      const length = readSync(file, room, 0, room.length, 0);
      return length < room.length ? room.subarray(0, length) : readFileSync(path);
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
