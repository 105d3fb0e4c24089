import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server as TcpServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { run } from "../../adapters/openssh/run.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { knownHosts, sshToProxy } from "../../core/computer/ssh-config.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { startProxy } from "../../sandbox/proxy/proxy.ts";
import { good, id } from "../made/access.ts";
import type { Seat, Server, Target } from "./attempts.ts";
import type { Column } from "./isolation-table.ts";
import { freePorts } from "./stock-host.ts";
import { startStockProxy } from "./stock-proxy.ts";

/** A proxy with devices that are up, and somebody of each column logged in. */
export interface Stage {
  readonly seats: Readonly<Record<Column, Seat>>;
  /** The same keys in an account that nothing restricts; where the proxy has one. */
  readonly lifted?: Readonly<Record<Column, Seat>>;
  close(): Promise<void>;
}

/** A proxy that holds these files, whose sessions leave their environment in `seen`. */
interface Proxy {
  readonly port: number;
  readonly hostKey: string;
  readonly seen: string;
  readonly free?: string;
  close(): Promise<void>;
}

type Files = ReadonlyMap<string, string>;
type StartProxy = (files: Files, plainKeys: string) => Promise<Proxy>;

const WITHIN = 10_000;

export const onRealSshd = (): Promise<Stage> => setStage(startReal);
export const onSandbox = (): Promise<Stage> => setStage(startSandboxed);

async function setStage(start: StartProxy): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "warren-stage-"));
  await chmod(folder, 0o777);
  const [own = 0, up = 0, asleep = 0, foreignUp = 0, foreignAsleep = 0] = await freePorts(5);
  const key = async (name: string) => good(readKeyLine(await makeKey(join(folder, name))));
  const device = async (name: string, port: number): Promise<KeyGrant> => {
    const computer = id(name);
    return { role: "device", computer, key: await key(name), port };
  };
  const [a, b, d] = await Promise.all([
    device("a.hula.atlas", own),
    device("b.hula.atlas", up),
    device("d.tern.atlas", foreignUp),
  ]);
  const controller: KeyGrant = {
    role: "controller",
    computer: id("controller-c.hula.atlas"),
    key: await key("controller-c.hula.atlas"),
    opens: [own, up, asleep].toSorted((x, y) => x - y),
  };
  const files = new Map([
    ["authorized_keys/hula", printAuthorizedKeys([a, b, controller])],
    ["authorized_keys/tern", printAuthorizedKeys([d])],
  ]);
  const plain = [a, controller].map((grant) => `${grant.key.line}\n`).join("");
  const proxy = await start(files, plain);

  const servers = [
    await startServer("a"),
    await startServer("b"),
    await startServer("d"),
    await startServer("outside", outside()),
  ];
  const [ofA, ofB, ofD, ofOutside] = servers.map(({ server }) => server);
  if (!ofA || !ofB || !ofD || !ofOutside) throw new Error("servers are missing");
  const agent = await startAgent(join(folder, "agent"));

  const sockets: string[] = [];
  const to = async (name: string, user?: string): Promise<readonly string[]> => {
    const computer = id(name);
    const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
    const paths = { identity: join(folder, name), knownHosts: join(folder, `${name}.known`) };
    await writeFile(paths.knownHosts, knownHosts(computer, pinned));
    const as = user === undefined ? [] : ["-o", `User=${user}`];
    return [...as, ...good(sshToProxy(computer, pinned, paths))];
  };
  /** Logs in and stays; -f returns once ssh has all that it asked for. */
  const logIn = async (args: readonly string[], more: readonly string[] = []): Promise<string> => {
    const socket = join(folder, `s${sockets.length}`);
    const env = { ...process.env, DISPLAY: ":77", SSH_AUTH_SOCK: agent.socket };
    const all = [
      "-M",
      "-S",
      socket,
      "-f",
      "-N",
      "-A",
      "-Y",
      "-o",
      "ExitOnForwardFailure=yes",
      ...more,
      ...args,
    ];
    const { status, stderr } = await run("ssh", all, { timeout: WITHIN, env });
    if (status !== 0) throw new Error(`no login: ${stderr}`);
    sockets.push(socket);
    return socket;
  };
  const tunnel = async (name: string, port: number, { address }: Server): Promise<Server> => {
    await logIn(await to(name), ["-R", `127.0.0.1:${port}:${address}`]);
    return { address: `127.0.0.1:${port}`, banner: new RegExp(`^SSH-2.0-${name.charAt(0)}$`) };
  };
  const targets: Record<Target, Server> = {
    sibling: await tunnel("b.hula.atlas", up, ofB),
    foreign: await tunnel("d.tern.atlas", foreignUp, ofD),
    sshd: { address: `127.0.0.1:${proxy.port}`, banner: /^SSH-2.0-(OpenSSH|WarrenSandboxProxy)/ },
    outside: ofOutside,
  };
  const seatsOf = async (user?: string): Promise<Record<Column, Seat>> => {
    const common = {
      asleep: { sibling: asleep, foreign: foreignAsleep },
      up: targets,
      shared: folder,
      seen: proxy.seen,
    };
    const toA = await to("a.hula.atlas", user);
    const toC = await to("controller-c.hula.atlas", user);
    return {
      device: { ...common, to: toA, socket: await logIn(toA), own: { port: own, server: ofA } },
      controller: { ...common, to: toC, socket: await logIn(toC) },
    };
  };
  const seats = await seatsOf();
  const lifted = proxy.free === undefined ? undefined : await seatsOf(proxy.free);
  return {
    seats,
    ...(lifted === undefined ? {} : { lifted }),
    close: async () => {
      for (const socket of sockets)
        await run("ssh", ["-S", socket, "-O", "exit", "nobody"], { timeout: WITHIN });
      await proxy.close();
      for (const { tcp } of servers) tcp.close();
      agent.child.kill();
      await rm(folder, { recursive: true });
    },
  };
}

/** Notes what sshd gave a session, then is the serving program. */
const RECORDER = `#!/bin/sh
env > "\${0%/*}/seen/$$"
exec /bin/sh "\${0%/*}/served" "$@"
`;

const startReal: StartProxy = async (files, plainKeys) => {
  const host = await startStockProxy({
    systems: ["hula", "tern"],
    files,
    prepare: async (made) => {
      await made.put("/etc/warren/served", await made.read("/etc/warren/serve"));
      await made.put("/etc/warren/serve", RECORDER, 0o755);
      await made.must(["install", "-d", "-m", "0777", "/etc/warren/seen"]);
      // Root, for nobody else may have a tun device.
      const root = ["--non-unique", "--uid", "0", "--no-create-home", "--home-dir", "/root"];
      await made.must(["useradd", ...root, "--shell", "/bin/sh", "--password", "*", FREE]);
      await made.put("/etc/free_keys", plainKeys);
      await made.put("/etc/ssh/sshd_config.d/60-free.conf", FREE_SETTINGS);
    },
  });
  const seen = join(host.folder, "etc/warren/seen");
  return { port: host.port, hostKey: host.hostKey, seen, free: FREE, close: () => host.stop() };
};

const FREE = "free";
const FREE_SETTINGS = `XAuthLocation /bin/true
Match User free
  AuthorizedKeysFile /etc/free_keys
  AllowTcpForwarding yes
  AllowStreamLocalForwarding yes
  GatewayPorts clientspecified
  PermitTTY yes
  PermitTunnel yes
  AllowAgentForwarding yes
  X11Forwarding yes
Match all
`;

const startSandboxed: StartProxy = async (files) => {
  const root = await mkdtemp(join(tmpdir(), "warren-stage-"));
  const seen = join(root, "etc/warren/seen");
  await mkdir(seen, { recursive: true });
  await writeFile(join(root, "etc/warren/served"), await readFile("agent/proxy/serve.sh", "utf8"));
  await writeFile(join(root, "recorder"), RECORDER);
  const generations = new DiskGenerations(root);
  await generations.locked(() => generations.switchTo(files));
  const hostKey = await makeKey(join(root, "host"));
  const proxy = await startProxy({
    root,
    hostKey: await readFile(join(root, "host"), "utf8"),
    syncUser: "warren-sync",
    syncKey: await makeKey(join(root, "sync")),
    applyCommand: ["/bin/false"],
    serve: join(root, "recorder"),
  });
  const close = async () => {
    await proxy.close();
    await rm(root, { recursive: true });
  };
  return { port: proxy.port, hostKey, seen, close };
};

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
