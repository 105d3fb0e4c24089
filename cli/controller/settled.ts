import { join } from "node:path";
import { readBytesNow } from "../../adapters/files/read.ts";
import { markOf, WRITTEN_FILES, type Written } from "../../core/computer/written.ts";

export const MARK = "settled";

/** What the last commands left in a controller's folder; undefined unless one of that version judged all of it. */
export function settledIn(folder: string, version: string): Written | undefined {
  const read = (name: string) => readBytesNow(join(folder, name)).toString("utf8");
  const written = readWritten(read);
  return read(MARK) === markTextOf(written, version) ? written : undefined;
}

export const markTextOf = (written: Written, version: string): string => `${markOf(written, version)}\n`;

export const readWritten = (read: (name: string) => string): Written => ({
  profile: read(WRITTEN_FILES.profile),
  directory: read(WRITTEN_FILES.directory),
  signature: read(WRITTEN_FILES.signature),
  config: read(WRITTEN_FILES.config),
  knownHosts: read(WRITTEN_FILES.knownHosts),
});
