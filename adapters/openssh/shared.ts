import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { deviceSockets } from "../../core/computer/ssh-config.ts";
import { run } from "./run.ts";

const END_WITHIN = 5_000;
const LOOK_EVERY = 20;

/** Ends the shared connections to a device, of all accounts there, and the sessions in them. */
export async function endShared(sockets: string, computer: string): Promise<void> {
  await Promise.all((await sharedWith(sockets, computer)).map(end));
}

/** Their sockets; of dead ones too. */
export async function sharedWith(sockets: string, computer: string): Promise<readonly string[]> {
  const paths = (await readdir(sockets)).map((name) => join(sockets, name));
  return paths.filter((path) => path.startsWith(deviceSockets(sockets, computer)));
}

/** ssh answers before it has ended; then its socket is gone. What a dead one left is removed. */
async function end(socket: string): Promise<void> {
  const args = ["-F", "none", "-S", socket, "-O", "exit", "device"];
  const { status } = await run("ssh", args, { timeout: END_WITHIN });
  const deadline = Date.now() + END_WITHIN;
  while (status === 0 && Date.now() < deadline && (await isThere(socket))) await pause(LOOK_EVERY);
  await rm(socket, { force: true });
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
