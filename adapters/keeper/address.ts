import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { socketFolder } from "../openssh/sockets.ts";

/** Where the keeper of one profile is spoken to. */
export interface KeeperAddress {
  readonly path: string;
  /** The folder that nobody else can enter; left out on Windows, whose named pipes stand in none. */
  readonly folder?: string;
}

/** Not run on Windows yet: there a pipe's name is free to take for whoever is first, and the system says who may write. */
export function keeperAddress(profile: string): KeeperAddress {
  if (process.platform === "win32") {
    const short = createHash("sha256").update(profile).digest("hex").slice(0, 16);
    return { path: `\\\\.\\pipe\\warren-${short}` };
  }
  const folder = socketFolder(profile);
  return { folder, path: join(folder, "keeper") };
}

/** What tells one socket from a later one of the same name; undefined if there is none. */
export const markOf = (path: string): Promise<string | undefined> =>
  lstat(path).then(
    ({ ino, ctimeMs }) => `${ino} ${ctimeMs}`,
    () => undefined,
  );
