import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server as TcpServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../adapters/openssh/run.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import type { KeyLine } from "../../core/keys/key-line.ts";
import { id } from "../made/access.ts";
import type { Seat, Server } from "./attempts.ts";
import { keyOf, sshArgs } from "./clients.ts";
import type { Column } from "./isolation-table.ts";
import { type StartWatched, startReal, startSandboxed } from "./stage-proxies.ts";
import { freeRange } from "./stock-host.ts";

/** Whose attempts are made in an account without restrictions too. */
export const LIFTED = ["device", "controller"] as const;

/** A proxy with devices that are up, and somebody of each column logged in. */
export interface Stage {
  readonly seats: Readonly<Record<Column, Seat>>;
  /** The same keys in an account that nothing restricts; where the proxy has one. */
  readonly lifted?: Readonly<Record<(typeof LIFTED)[number], Seat>>;
  close(): Promise<void>;
}

const WITHIN = 10_000;

export const onRealSshd = (): Promise<Stage> => setStage(startReal);
export const onSandbox = (): Promise<Stage> => setStage(startSandboxed);

/** Ports of a system's devices: of one that tries, one that is up, and one that is not. */
interface Range {
  readonly own: number;
  readonly up: number;
  readonly asleep: number;
}

/** The column's computer. All are told apart by their ids, which name their key files too. */
const ID: Readonly<Record<Column, string>> = {
  device: "a.hula.atlas",
  controller: "controller-c.hula.atlas",
  "legacy device": "a.old.atlas",
  "legacy controller": "controller-c.old.atlas",
  moved: "a.gone.atlas",
};
const UP = ["b.hula.atlas", "b.old.atlas", "b.tern.atlas"] as const;

async function setStage(start: StartWatched): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "warren-stage-"));
  await chmod(folder, 0o777);
  const first = await freeRange(12);
  const [hula, old, tern, gone] = [0, 3, 6, 9].map((offset) => rangeFrom(first + offset));
  if (!hula || !old || !tern || !gone) throw new Error("no ranges");
  const keys = new Map<string, KeyLine>();
  for (const name of [...Object.values(ID), ...UP]) keys.set(name, await keyOf(folder, name));

  const proxy = await start({
    systems: ["hula", "old", "tern", "gone"],
    files: filesOf(keys, hula, old, tern),
    plainKeys: LIFTED.map((column) => `${keys.get(ID[column])?.line}\n`).join(""),
  });
  const agent = await startAgent(join(folder, "agent"));
  const sockets: string[] = [];
  const to = async (name: string, user?: string): Promise<readonly string[]> => {
    const as = user === undefined ? [] : ["-o", `User=${user}`];
    return [...as, ...(await sshArgs(folder, name, proxy))];
  };
  /** Logs in and stays; -f returns once ssh has all that it asked for. */
  const logIn = async (args: readonly string[], more: readonly string[] = []): Promise<string> => {
    const socket = join(folder, `s${sockets.length}`);
    const env = { ...process.env, DISPLAY: ":77", SSH_AUTH_SOCK: agent.socket };
    const options = ["-M", "-S", socket, "-f", "-N", "-A", "-Y", "-o", "ExitOnForwardFailure=yes"];
    const { status, stderr } = await run("ssh", [...options, ...more, ...args], { timeout: WITHIN, env });
    if (status !== 0) throw new Error(`no login: ${stderr}`);
    sockets.push(socket);
    return socket;
  };
  const servers: TcpServer[] = [];
  const serve = async (name: string, host?: string): Promise<Server> => {
    const { tcp, server } = await startServer(name, host);
    servers.push(tcp);
    return server;
  };
  /** A device of that name whose tunnel is up. */
  const tunnel = async (name: (typeof UP)[number], port: number): Promise<Server> => {
    const { address, banner } = await serve(name);
    await logIn(await to(name), ["-R", `127.0.0.1:${port}:${address}`]);
    return { address: `127.0.0.1:${port}`, banner };
  };
  const [ofHula, ofOld, ofTern] = [
    await tunnel("b.hula.atlas", hula.up),
    await tunnel("b.old.atlas", old.up),
    await tunnel("b.tern.atlas", tern.up),
  ];
  const others = {
    foreign: ofTern,
    sshd: { address: `127.0.0.1:${proxy.port}`, banner: /^SSH-2.0-(OpenSSH|WarrenSandboxProxy)/ },
    outside: await serve("outside", outside()),
  };
  const own = await serve("own");
  const seatOf = async (column: Column, range: Range, sibling: Server, user?: string): Promise<Seat> => {
    const destination = await to(ID[column], user);
    return {
      to: destination,
      socket: await logIn(destination),
      ...(column.endsWith("controller") ? {} : { own: { port: range.own, server: own } }),
      asleep: { sibling: range.asleep, foreign: tern.asleep },
      up: { ...others, sibling },
      shared: folder,
      seen: proxy.seen,
    };
  };
  const seats = {
    device: await seatOf("device", hula, ofHula),
    controller: await seatOf("controller", hula, ofHula),
    "legacy device": await seatOf("legacy device", old, ofOld),
    "legacy controller": await seatOf("legacy controller", old, ofOld),
    moved: await seatOf("moved", gone, ofHula),
  };
  const lifted =
    proxy.free === undefined
      ? undefined
      : {
          device: await seatOf("device", hula, ofHula, proxy.free),
          controller: await seatOf("controller", hula, ofHula, proxy.free),
        };
  return {
    seats,
    ...(lifted === undefined ? {} : { lifted }),
    close: async () => {
      for (const socket of sockets)
        await run("ssh", ["-S", socket, "-O", "exit", "nobody"], { timeout: WITHIN });
      await proxy.close();
      for (const tcp of servers) tcp.close();
      agent.child.kill();
      await rm(folder, { recursive: true });
    },
  };
}

const rangeFrom = (first: number): Range => ({ own: first, up: first + 1, asleep: first + 2 });

/** What a sync would put there. */
function filesOf(
  keys: ReadonlyMap<string, KeyLine>,
  hula: Range,
  old: Range,
  tern: Range,
): ReadonlyMap<string, string> {
  const of = (name: string) => {
    const key = keys.get(name);
    if (key === undefined) throw new Error(`no key of ${name}`);
    return { computer: id(name), key };
  };
  const device = (name: string, port: number): KeyGrant => ({ role: "device", ...of(name), port });
  const opens = ({ own, up, asleep }: Range) => [own, up, asleep];
  const legacy = { first: old.own, last: old.asleep };
  const grants: readonly (readonly [string, readonly KeyGrant[]])[] = [
    [
      "hula",
      [
        device("a.hula.atlas", hula.own),
        device("b.hula.atlas", hula.up),
        { role: "controller", ...of("controller-c.hula.atlas"), opens: opens(hula) },
      ],
    ],
    [
      "old",
      [
        { role: "device", ...of("a.old.atlas"), port: old.own, legacy },
        { role: "device", ...of("b.old.atlas"), port: old.up, legacy },
        { role: "controller", ...of("controller-c.old.atlas"), opens: opens(old), legacy },
      ],
    ],
    ["tern", [device("b.tern.atlas", tern.up)]],
    ["gone", [{ role: "asker", ...of("a.gone.atlas") }]],
  ];
  return new Map(grants.map(([system, lines]) => [`authorized_keys/${system}`, printAuthorizedKeys(lines)]));
}

/** Says one line, as an SSH server does first. */
async function startServer(name: string, host = "127.0.0.1"): Promise<{ tcp: TcpServer; server: Server }> {
  const tcp = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(`SSH-2.0-${name}\r\n`);
  });
  tcp.listen(0, host);
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  return { tcp, server: { address: `${host}:${port}`, banner: new RegExp(`^SSH-2.0-${name}$`) } };
}

/** An address of this machine that is not on its loopback, if it has one. */
function outside(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.2";
}

async function startAgent(socket: string): Promise<{ child: ChildProcess; socket: string }> {
  const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return { child, socket };
}
