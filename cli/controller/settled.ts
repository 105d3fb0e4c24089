import { join } from "node:path";
import { readBytesNow } from "../../adapters/files/read.ts";
import { markOf, WRITTEN_FILES, type Written } from "../../core/computer/written.ts";

export const MARK = "settled";

/** What the last commands left in a controller's folder; undefined unless one of that version judged all of it. */
export function settledIn(folder: string, version: string): Written | undefined {
  const written = writtenIn(folder);
  return textIn(folder, MARK) === markTextOf(written, version) ? written : undefined;
}

export const markTextOf = (written: Written, version: string): string => `${markOf(written, version)}\n`;

/** Judged or not; one that is missing is an exception. */
export const writtenIn = (folder: string): Written => ({
  profile: textIn(folder, WRITTEN_FILES.profile),
  directory: textIn(folder, WRITTEN_FILES.directory),
  signature: textIn(folder, WRITTEN_FILES.signature),
  config: textIn(folder, WRITTEN_FILES.config),
  knownHosts: textIn(folder, WRITTEN_FILES.knownHosts),
});

const textIn = (folder: string, name: string): string => readBytesNow(join(folder, name)).toString("utf8");
