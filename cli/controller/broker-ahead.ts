import { join } from "node:path";
import { profileFolder } from "../../adapters/files/config.ts";
import { readBytesNow } from "../../adapters/files/read.ts";
import { certificateInUse } from "../../adapters/files/successors.ts";
import { connectAhead } from "../../adapters/mqtt/secure.ts";

/**
 * Begins to connect to the broker as the keeper of that controller will, by its profile as it stands there. A guess, and no
 * harm where it is wrong: the keeper judges the profile, and takes the connection only if it leads where it wants to.
 */
export function brokerAhead(id: string): void {
  const folder = profileFolder(id);
  const { broker } = JSON.parse(readBytesNow(join(folder, "profile.json")).toString("utf8"));
  const inUse = certificateInUse(folder);
  if (inUse !== undefined) connectAhead({ url: broker.url, ca: broker.ca, ...inUse });
}
