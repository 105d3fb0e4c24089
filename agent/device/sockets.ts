import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { LONGEST_SOCKET } from "../../core/ssh-config.ts";

export interface SocketPlace {
  readonly path: string;
  remove(): Promise<void>;
}

/** Where the tunnel's control socket stands: in the profile's folder or, where that is too long a path, in /tmp. */
export async function socketPlace(folder: string): Promise<SocketPlace> {
  const path = join(folder, "tunnel");
  if (Buffer.byteLength(path) <= LONGEST_SOCKET) return { path, remove: () => rm(path, { force: true }) };
  const short = await mkdtemp("/tmp/warren-");
  return { path: join(short, "tunnel"), remove: () => rm(short, { recursive: true, force: true }) };
}
