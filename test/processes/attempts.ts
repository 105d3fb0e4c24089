import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bannerOf, bannerThrough } from "../../adapters/openssh/banner.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { freePorts } from "./stock-host.ts";

/** Somebody who is logged in on a proxy by a real ssh, and what there is to try for. */
export interface Seat {
  /** Options and destination of a login of its own. */
  readonly to: readonly string[];
  /** The socket of its master, which forwards agent and X11 where the proxy lets it. */
  readonly socket: string;
  /** The port that it listens on, and its own SSH server behind that; a controller has none. */
  readonly own?: { readonly port: number; readonly server: Server };
  /** Ports where nobody listens: of its system, and of another. */
  readonly asleep: { readonly sibling: number; readonly foreign: number };
  /** Servers to be reached, by their `host:port` as the proxy sees them. */
  readonly up: Readonly<Record<Target, Server>>;
  /** A folder where all may write, the same for the proxy and for us. */
  readonly shared: string;
  /** Where the proxy keeps the environment of each session that it started; see stage.ts. */
  readonly seen: string;
}

export type Target = "sibling" | "foreign" | "sshd" | "outside";

export interface Server {
  readonly address: string;
  /** The first line that it says. */
  readonly banner: RegExp;
}

/** Whether it succeeded: by its effect, not by what ssh says about it. What it opened is closed again. */
export type Attempt = (seat: Seat) => Promise<boolean>;

const WITHIN = 10_000;

export const listen =
  (whose: "own" | "sibling" | "foreign", address = "127.0.0.1"): Attempt =>
  async (seat) =>
    listensOn(seat, address, whose === "own" ? ownOf(seat).port : seat.asleep[whose]);

export const listenOnAny: Attempt = (seat) => listensOn(seat, "127.0.0.1", 0);

async function listensOn(seat: Seat, address: string, port: number): Promise<boolean> {
  const server = seat.own?.server.address ?? seat.up.sibling.address;
  return tellMaster(seat, ["-R", `${address}:${port}:${server}`], async () => true);
}

export const listenOnStream: Attempt = (seat) => {
  const path = join(seat.shared, `${randomUUID()}.sock`);
  return tellMaster(seat, ["-R", `${path}:${seat.up.sibling.address}`], async () => {
    await rm(path);
    return true;
  });
};

export const reachOwn: Attempt = async (seat) => {
  const { port, server } = ownOf(seat);
  const held = ["-R", `127.0.0.1:${port}:${server.address}`];
  return tellMaster(seat, held, () => reaches(seat, { address: `127.0.0.1:${port}`, banner: server.banner }));
};

export const reach =
  (target: Target, host?: string): Attempt =>
  (seat) => {
    const { address, banner } = seat.up[target];
    return reaches(seat, { address: host === undefined ? address : address.replace(/^[^:]*/, host), banner });
  };

const reaches = ({ socket, to }: Seat, { address, banner }: Server): Promise<boolean> =>
  bannerThrough([...through(socket), "-W", address, ...to], WITHIN).then(
    (said) => banner.test(said),
    () => false,
  );

export const reachStream: Attempt = async (seat) => {
  const path = join(seat.shared, `${randomUUID()}.sock`);
  const server = createServer((socket) => socket.end("SSH-2.0-stream\r\n"));
  server.listen({ path, writableAll: true });
  await once(server, "listening");
  const [port = 0] = await freePorts(1);
  try {
    return await tellMaster(seat, ["-L", `127.0.0.1:${port}:${path}`], () =>
      bannerOf("127.0.0.1", port, WITHIN).then(
        (said) => said === "SSH-2.0-stream",
        () => false,
      ),
    );
  } finally {
    server.close();
  }
};

export const shell: Attempt = async (seat) =>
  (await session(seat, [], [], "echo $((40 + 2))\n")).stdout.includes("42");

export const command: Attempt = async (seat) =>
  (await session(seat, [], ["echo $((40 + 2))"])).stdout.includes("42");

export const sftp: Attempt = async ({ socket, to }) => {
  const args = ["-q", "-b", "-", ...through(socket), ...to];
  return (await run("sftp", args, { timeout: WITHIN, input: "ls /etc/passwd\n" })).status === 0;
};

/** Whether a session with this option of ssh has this word in its environment on the proxy. */
export const leaves =
  (word: string, option: string): Attempt =>
  async (seat) => {
    const mark = randomUUID();
    const { stdout } = await session(seat, [option], [`env; echo ${mark}`]);
    const environment = stdout.includes(mark) ? stdout : await recorded(seat, mark);
    return environment.split(/\r?\n/).some((line) => line.startsWith(`${word}=`));
  };

/** There are two devices then: ssh's own end, which it makes first, and the proxy's. */
export const tun: Attempt = async ({ to }) => {
  const before = tuns();
  const options = ["-o", "Tunnel=point-to-point", "-o", "ExitOnForwardFailure=yes", "-w", "any:any"];
  const child = spawn("ssh", ["-N", ...options, ...to], { stdio: "ignore" });
  const ended = once(child, "exit");
  while (child.exitCode === null && tuns() < before + 2) await pause(10);
  if (child.exitCode !== null) return false;
  child.kill();
  await ended;
  return true;
};

const tuns = (): number => readdirSync("/sys/class/net").filter((name) => name.startsWith("tun")).length;

export const whoami: Attempt = async (seat) => (await session(seat, [], ["whoami"])).status === 0;

/** Asks the master for a forward; where that is there, does `then`, and takes it back. */
async function tellMaster(
  { socket, to }: Seat,
  forward: readonly string[],
  then: () => Promise<boolean>,
): Promise<boolean> {
  const ask = (what: string) =>
    run("ssh", [...through(socket), "-O", what, ...forward, ...to], { timeout: WITHIN });
  if ((await ask("forward")).status !== 0) return false;
  try {
    return await then();
  } finally {
    await ask("cancel");
  }
}

const session = (
  { socket, to }: Seat,
  options: readonly string[],
  words: readonly string[],
  input = "",
): Promise<Ended> =>
  run("ssh", [...through(socket), ...options, ...to, ...words], { timeout: WITHIN, input });

/** Without its master such an ssh must not log in by itself: it would be somebody else. */
const through = (socket: string): readonly string[] => [
  "-o",
  `ControlPath=${socket}`,
  "-o",
  "ProxyCommand=false",
];

async function recorded({ seen }: Seat, mark: string): Promise<string> {
  for (const name of await readdir(seen)) {
    const text = await readFile(join(seen, name), "utf8");
    if (text.includes(mark)) return text;
  }
  throw new Error("the session did not begin, so that nothing is shown");
}

function ownOf({ own }: Seat) {
  if (own === undefined) throw new Error("has no port of its own");
  return own;
}
