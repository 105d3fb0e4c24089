import { existsSync, readdirSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { deviceSockets, socketPath } from "../../core/computer/ssh-config.ts";
import { run } from "./run.ts";

const END_WITHIN = 5_000;
const LEAVE_WITHIN = 1_000;
const LOOK_EVERY = 20;
/** A login waits for it. */
const LOOK_SOON = 5;

/** Ends the shared connections to a device, of all accounts there, and the sessions in them. */
export async function endShared(sockets: string, computer: string): Promise<void> {
  await Promise.all(sharedWith(sockets, computer).map(end));
}

/** Their sockets, at once; of dead ones too. */
export function sharedWith(sockets: string, computer: string): readonly string[] {
  const own = deviceSockets(sockets, computer);
  return readdirSync(sockets)
    .map((name) => join(sockets, name))
    .filter((path) => path.startsWith(own));
}

/** Waits until the connection to the proxy stands; false if `settled` does first, in whatever way. */
export async function proxyStandsBefore(sockets: string, settled: Promise<unknown>): Promise<boolean> {
  const over = settled.then(
    () => true,
    () => true,
  );
  while (!existsSync(socketPath(sockets))) {
    if (await Promise.race([over, pause(LOOK_SOON)])) return false;
  }
  return true;
}

/**
 * No later session takes a shared connection of now, to the proxy or by it to a device. What runs on them goes on: who
 * thinks them dead may be wrong.
 */
export async function leaveShared(sockets: string): Promise<void> {
  const proxy = basename(socketPath(sockets));
  const shared = (await readdir(sockets, { withFileTypes: true })).filter(
    (entry) => entry.isSocket() && (entry.name === proxy || entry.name.includes(".")),
  );
  await Promise.all(shared.map(({ name }) => leave(join(sockets, name))));
}

/** One that is stopped or gone can't let its name go by itself. */
async function leave(socket: string): Promise<void> {
  const args = ["-F", "none", "-S", socket, "-O", "stop", "any"];
  const { status } = await run("ssh", args, { timeout: LEAVE_WITHIN }).catch(() => ({ status: null }));
  if (status !== 0) await rm(socket, { force: true });
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
