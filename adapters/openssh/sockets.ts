import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { LONGEST_SOCKET, socketPath } from "../../core/computer/ssh-config.ts";
import { Failure } from "../../core/failure.ts";
import { makeFolder } from "../files/make-folder.ts";

/** Bytes that names of devices' sockets should find, such as `333.01234567.atlas`. */
const ROOM = 22;

/** A folder for ssh's control sockets that only this account can enter, near `folder` if its path is short enough. */
export function socketFolder(folder: string, env: NodeJS.ProcessEnv = process.env): string {
  const short = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  const { XDG_RUNTIME_DIR: runtime = "" } = env;
  const places = [
    join(folder, "s"),
    ...(isAbsolute(runtime) ? [join(runtime, "warren", short)] : []),
    // macOS gives each account a folder for temporary files, of a long path.
    ...[tmpdir(), "/tmp"].map((base) => join(base, `warren-ssh-${process.getuid?.()}`, short)),
  ];
  const place =
    places.find((path) => Buffer.byteLength(path) + "/".length + ROOM <= LONGEST_SOCKET) ??
    places.find((path) => Buffer.byteLength(socketPath(path)) <= LONGEST_SOCKET);
  if (place === undefined) {
    throw new Failure("usage", `${folder} has too long a path for ssh's sockets, and so has ${tmpdir()}`, {
      hint: "set XDG_RUNTIME_DIR to a folder with a short path",
    });
  }
  // In a folder that all may write to, another account may have been first: nothing is made behind a link of theirs.
  for (const path of [join(place, ".."), place]) {
    makeFolder(path, 0o700);
    const { uid, mode } = lstatSync(path);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
      throw new Failure("usage", `${path} belongs to another account, or others may write to it`);
    }
  }
  return place;
}
