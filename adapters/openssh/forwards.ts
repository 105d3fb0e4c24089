import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Forward, sshForward } from "../../core/computer/forward.ts";
import { Failure, unavailable } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import { Master } from "./master.ts";
import { run } from "./run.ts";

const READY_WITHIN = 30_000;
const ANSWER_WITHIN = 15_000;

export interface ForwardsToOpen {
  /** The device's id, which is ssh's name for it too. */
  readonly device: string;
  /** What ssh takes before the name: the file, perhaps port and account. */
  readonly args: readonly string[];
  readonly forwards: readonly Forward[];
  /** What ssh says while they are open: that a host behind the device refused, for example. */
  heard(text: string): void;
}

/** An ssh that does nothing but forward, on a connection of its own; it works once this resolves. */
export async function openForwards({ device, args, forwards, heard }: ForwardsToOpen) {
  // mkdtemp makes it 0700; nobody else reaches the control socket, by which readiness shows.
  const folder = await mkdtemp(join(tmpdir(), "warren-"));
  const socket = join(folder, "ssh");
  const [here, there] = [forwards.filter(isHere), forwards.filter((way) => !isHere(way))];
  let up = false;
  const options = [...args, "-o", "ExitOnForwardFailure=yes", ...here.flatMap(sshForward), device];
  const master = new Master(socket, options, (text) => up && heard(text));
  const ended = new Promise<string>((resolve) => master.onEnd(resolve));
  const close = async () => {
    // What ssh says of its own end is of no interest.
    up = false;
    await master.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await master.ready(READY_WITHIN).catch(async (cause: unknown) => {
      throw master.pid === undefined ? failureOf(device, await ended) : unavailable(device, cause);
    });
    for (const way of there) await ask(socket, way, device);
  } catch (error) {
    await close();
    throw error;
  }
  up = true;
  return { ended, close };
}

const isHere = ({ kind }: Forward): boolean => kind !== "remote";

/**
 * The device's answer comes after ssh has made its socket; the exit status of `-O forward` tells it. It may change: the
 * session of a link that was cut holds its port for a while.
 */
async function ask(socket: string, way: Forward, device: string): Promise<void> {
  const args = ["-F", "none", "-S", socket, "-O", "forward", ...sshForward(way), device];
  const { status, stderr } = await run("ssh", args, { timeout: ANSWER_WITHIN });
  if (status !== 0)
    throw new Failure("unavailable", `${device} opens no port ${way.port}: ${lastLine(stderr)}`);
}

/** What would be the same on the next attempt is refused. */
function failureOf(device: string, why: string): Failure {
  const refused = /Permission denied|Host key verification|forwarding (failed|request)|local forwarding/i;
  if (!refused.test(why)) return unavailable(device, new Error(why));
  return new Failure("refused", `${device} refused: ${why}`);
}
