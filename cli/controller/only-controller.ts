import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { configFolder } from "../../adapters/files/config.ts";

/**
 * The folder of the only controller here, or of the one of the id `as`, that keeps a file of this name. Reads no profile:
 * that waits for the whole command to load.
 */
export function onlyController(as: string | undefined, file: string): string | undefined {
  const names = as === undefined ? readdirSync(configFolder()) : [as];
  const [folder, other] = names
    .filter((name) => /^controller[^/\\]*$/.test(name))
    .map((name) => join(configFolder(), name))
    .filter((path) => existsSync(join(path, file)));
  return other === undefined ? folder : undefined;
}
