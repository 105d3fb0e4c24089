import { join } from "node:path";
import type { ProfileFolder } from "../../adapters/files/profile-folder.ts";
import { readBytesNow } from "../../adapters/files/read.ts";
import { markOf, WRITTEN_FILES, type Written } from "../../core/computer/written.ts";
import { version } from "../../package.json";

const MARK = "settled";

/** What the last commands left in a controller's folder; undefined unless one of this version judged all of it. */
export function settledIn(folder: string): Written | undefined {
  const read = (name: string) => readBytesNow(join(folder, name)).toString("utf8");
  const written = readWritten(read);
  return read(MARK) === `${markOf(written, version)}\n` ? written : undefined;
}

/** Remembers that what stands there was judged: the directory was signed and is the proxy's newest, ssh goes by it. */
export async function settle(folder: ProfileFolder): Promise<void> {
  const texts = new Map<string, string>();
  for (const name of Object.values(WRITTEN_FILES)) texts.set(name, (await folder.read(name)) ?? "");
  const mark = `${markOf(
    readWritten((name) => texts.get(name) ?? ""),
    version,
  )}\n`;
  if ((await folder.read(MARK)) !== mark) await folder.write(MARK, mark);
}

const readWritten = (read: (name: string) => string): Written => ({
  profile: read(WRITTEN_FILES.profile),
  directory: read(WRITTEN_FILES.directory),
  signature: read(WRITTEN_FILES.signature),
  config: read(WRITTEN_FILES.config),
  knownHosts: read(WRITTEN_FILES.knownHosts),
});
