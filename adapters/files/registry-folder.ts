import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { causeOf, Failure } from "../../core/failure.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { readRecord } from "../../core/registry/record-file.ts";
import { Registry } from "../../core/registry/registry.ts";
import { readRegistryHead } from "../../core/registry/registry-file.ts";

const HEAD = "registry.json";

/**
 * Reads a checkout of the branch `registry`. What can't be read is a failure with its file, never a smaller registry;
 * a folder without registry.json is no registry. Reads in one go: 100,000 small files take longer one promise each.
 */
export function readRegistryFolder(dir: string): Registry {
  const head = readRegistryHead(readText(join(dir, HEAD)));
  if (!head.ok) throw new Failure("usage", `${join(dir, HEAD)}: ${head.problem}`);
  const records: ComputerRecord[] = [];
  for (const system of readdirSync(dir, { withFileTypes: true })) {
    if (!system.isDirectory() || system.name.startsWith(".")) continue;
    for (const file of readdirSync(join(dir, system.name))) {
      const path = `${system.name}/${file}`;
      const record = readRecord(readText(join(dir, path)), path);
      if (!record.ok) throw new Failure("usage", `${join(dir, path)}: ${record.problem}`);
      records.push(record.value);
    }
  }
  return Registry.of(head.value.sequence, records, head.value.systems);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure("usage", `${path} can't be read: ${causeOf(error)}`, { cause: error });
  }
}
