import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bannerAt } from "./banner.ts";
import { run } from "./run.ts";

/** Milliseconds, like all below. */
const ASK_WITHIN = 10_000;
const ANSWER_WITHIN = 4_000;
const SILENT_FOR = 60_000;
/** Each holds a socket in the ssh that is shared, and a channel to the proxy. */
const AT_ONCE = 64;
/** A channel to a tunnel that has died without a word stays open until the proxy notices; its session holds about 1,000. */
const MOST_SILENT = 100;

/** Ports that took a connection and said nothing, and when: they are left alone for a while. */
export type SilentPorts = Map<number, number>;

/**
 * On which of these ports of the proxy's loopback an SSH server answers. All go through the shared connection, each by a
 * socket of its own, so that a thousand devices need no thousand processes. `args`: what ssh takes to get there. Left
 * out of the answer is what nobody can tell.
 */
export async function openPorts(
  args: readonly string[],
  ports: readonly number[],
  silent: SilentPorts,
): Promise<ReadonlyMap<number, "up" | "down">> {
  const known = new Map<number, "up" | "down">();
  for (const [port, since] of silent) if (Date.now() - since > SILENT_FOR) silent.delete(port);
  const asked = ports.filter((port) => !silent.has(port));
  for (let first = 0; first < asked.length && silent.size < MOST_SILENT; first += AT_ONCE) {
    const some = asked.slice(first, first + AT_ONCE);
    const answers = await askAll(args, some);
    if (answers === undefined) return known;
    for (const [index, port] of some.entries()) {
      const answer = answers[index] ?? "silent";
      if (answer === "silent") silent.set(port, Date.now());
      else known.set(port, answer);
    }
  }
  for (const port of silent.keys()) known.set(port, "down");
  return known;
}

type Answer = "up" | "down" | "silent";

/** Undefined where no connection is shared. */
async function askAll(
  args: readonly string[],
  ports: readonly number[],
): Promise<readonly Answer[] | undefined> {
  // mkdtemp makes it 0700: nobody else gets to the devices by these sockets.
  const folder = await mkdtemp(join(tmpdir(), "warren-"));
  const socketOf = (port: number) => join(folder, String(port));
  const forwards = ports.flatMap((port) => ["-L", `${socketOf(port)}:127.0.0.1:${port}`]);
  const tell = (word: "forward" | "cancel") =>
    run("ssh", ["-O", word, ...forwards, ...args], { timeout: ASK_WITHIN }).then(
      ({ status }) => status === 0,
      () => false,
    );
  try {
    return (await tell("forward"))
      ? await Promise.all(ports.map((port) => askOne(socketOf(port))))
      : undefined;
  } finally {
    await tell("cancel");
    await rm(folder, { recursive: true, force: true });
  }
}

/** A port without a tunnel is closed at once. */
async function askOne(socket: string): Promise<Answer> {
  const asked = performance.now();
  return bannerAt(socket, ANSWER_WITHIN).then(
    () => "up",
    () => (performance.now() - asked < ANSWER_WITHIN ? "down" : "silent"),
  );
}
