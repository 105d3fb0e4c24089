import { isDeepStrictEqual } from "node:util";
import { type Directory, printDirectory } from "../../core/access/directory.ts";
import { readProfile } from "../../core/computer/profile.ts";
import type { Controller } from "./controller.ts";
import { MARK, markTextOf, writtenIn } from "./settled.ts";

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
  const { folder, profile } = controller;
  const written = writtenIn(folder.path);
  const read = readProfile(written.profile);
  if (!read.ok || !isDeepStrictEqual(read.value, profile)) return;
  const judged = { directory: printDirectory(directory), ...controller.sshTexts(directory) };
  if (!isDeepStrictEqual(written, { ...written, ...judged })) return;
  await folder.keep(MARK, markTextOf(written, version));
}
