import { isDeepStrictEqual } from "node:util";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import { readProfile } from "../../core/computer/profile.ts";
import { WRITTEN_FILES } from "../../core/computer/written.ts";
import type { Controller } from "./controller.ts";
import { MARK, markTextOf, readWritten } from "./settled.ts";

/**
 * Remembers that what stands there was judged: the directory was signed and is the proxy's newest, ssh goes by it. Other
 * commands write there too, and may be in the midst of it: what stands there otherwise than this one left it is not
 * remembered, or a later one would go by the old keys of a device together with the new directory.
 */
export async function settle(
  controller: Pick<Controller, "folder" | "profile" | "sshTexts">,
  directory: Directory,
  version: string,
): Promise<void> {
  const { folder } = controller;
  const texts = new Map<string, string>();
  for (const name of Object.values(WRITTEN_FILES)) texts.set(name, (await folder.read(name)) ?? "");
  const written = readWritten((name) => texts.get(name) ?? "");
  const profile = readProfile(written.profile);
  const found = { ...written, profile: profile.ok ? profile.value : undefined };
  const judged = { directory: printDirectory(directory), ...controller.sshTexts(directory) };
  if (!isDeepStrictEqual(found, { ...found, ...judged, profile: controller.profile })) return;
  const mark = markTextOf(written, version);
  if ((await folder.read(MARK)) !== mark) await folder.write(MARK, mark);
}
