import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { type Holder, startHolder, stopHolder } from "./holder.ts";

/**
 * A stock Debian or Ubuntu host: this machine's own programs, and copies of its /etc, in namespaces of mounts and
 * processes. What is done there stays there and ends with `stop`. Only the network is shared, unless another is given:
 * clients connect from here, and the ports of 127.0.0.1 are everybody's (take them from `freePorts`).
 *
 * With WARREN_STOCK_ROOT its programs and its /etc are those of another release's tree: see in-tree.sh.
 */
export interface StockHost {
  /** Its sshd, on 127.0.0.1. */
  readonly port: number;
  /** The public line of its host key. */
  readonly hostKey: string;
  /** Its /etc, /run, /home, /root and /var/log stand below this folder: `${folder}/etc/passwd`. */
  readonly folder: string;
  /** Its first process, as it is seen from here. */
  readonly pid: number;
  /** Runs a program there, as root. Any status is a value. */
  run(args: readonly string[], stdin?: string): Promise<Ended>;
  /** The same, with an exception for every status but 0; returns what it printed. */
  must(args: readonly string[], stdin?: string): Promise<string>;
  /** Starts a program there that goes on; it ends with the host, if not before. */
  start(args: readonly string[]): ChildProcess;
  /** Writes a file there; the folders above it are made. */
  put(path: string, text: string, mode?: number): Promise<void>;
  read(path: string): Promise<string>;
  /** SIGHUP for sshd; resolves when it listens again. Sessions stay. */
  reload(): Promise<void>;
  /** Ends sshd and every session, waits until `between` is done, and starts sshd again on the same port. */
  restart(between?: () => Promise<void>): Promise<void>;
  /** What sshd wrote to stderr, the last 64 kB. */
  log(): string;
  stop(): Promise<void>;
}

export interface StockHostSettings {
  /** Runs before sshd starts. */
  readonly prepare?: (host: Omit<StockHost, "port">) => Promise<void>;
  /** More of sshd's command line, e.g. `["-o", "LogLevel=VERBOSE"]`: stronger than any file. */
  readonly sshd?: readonly string[];
  /** A network namespace to be in instead of this machine's, looked up at each start; sshd has port 22 of it. */
  readonly network?: () => string;
}

const COPIED = ["etc"];
const EMPTY = ["run", "home", "root", "var/log"];
const READY_WITHIN = 10_000;

const TREE = process.env.WARREN_STOCK_ROOT ?? "";
const IN_TREE = TREE === "" ? [] : ["sh", "test/processes/in-tree.sh", TREE];

/** OpenSSH 9.8 gave sessions a program of their own, and 10.0 logins another. */
const SSHD = /^sshd(-session|-auth)?\n$/;

/** Whether this machine can be one: root, sshd, sudo, useradd, and leave to make namespaces. */
export function canHost(): boolean {
  const needed = ["/usr/sbin/sshd", "/usr/bin/sudo", "/usr/sbin/useradd", "/usr/bin/ssh"];
  if (process.getuid?.() !== 0 || !needed.every((path) => existsSync(TREE + path))) return false;
  const [program, ...args] = UNSHARE;
  return spawnSync(program, [...args, "true"], { stdio: "ignore" }).status === 0;
}

const UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"] as const;

export async function startStockHost(settings: StockHostSettings = {}): Promise<StockHost> {
  const folder = await mkdtemp(join(tmpdir(), "warren-host-"));
  // Its accounts must reach what lies in it, by the paths of here too.
  chmodSync(folder, 0o755);
  // Owners and modes as they are: sshd and sudo look at them.
  await run("cp", ["-a", ...COPIED.map((name) => `${TREE}/${name}`), folder], { timeout: 60_000 });
  // What this machine is called.
  if (TREE !== "") await copyFile("/etc/hosts", join(folder, "etc/hosts"));
  for (const name of EMPTY) await mkdir(join(folder, name), { recursive: true });
  await rm(join(folder, "etc/warren"), { recursive: true, force: true });
  await mkdir(join(folder, "run/sshd"));

  const host = new Host(folder, await holdHost(folder), settings);
  try {
    if (!existsSync(join(folder, "etc/ssh/ssh_host_ed25519_key.pub"))) await host.must(["ssh-keygen", "-A"]);
    await settings.prepare?.(host);
    await host.listen();
  } catch (error) {
    await host.stop();
    throw error;
  }
  return host;
}

/** Ports of 127.0.0.1 that nobody holds now, ascending. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    }),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports.toSorted((a, b) => a - b);
}

/** The first of as many ports in a row of 127.0.0.1 that nobody holds now, below those that the kernel hands out. */
export async function freeRange(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  return free;
}

/** The first process there, with this machine's folders overlaid by those of `folder`. */
function holdHost(folder: string): Promise<Holder> {
  const mounts = [...COPIED, ...EMPTY].map((name) => `mount --bind "$1/${name}" "/${name}"`);
  return startHolder([...UNSHARE, ...IN_TREE], ["mount --make-rprivate /", ...mounts], [folder]);
}

class Host implements StockHost {
  port = 0;
  readonly folder: string;
  readonly #holder: Holder;
  readonly #options: readonly string[];
  readonly #network: (() => string) | undefined;
  #sshd: ChildProcess | undefined;
  #log = "";

  constructor(folder: string, holder: Holder, { sshd = [], network }: StockHostSettings) {
    this.folder = folder;
    this.#holder = holder;
    this.#options = sshd;
    this.#network = network;
    if (network !== undefined) this.port = 22;
  }

  get pid(): number {
    return this.#holder.pid;
  }

  get hostKey(): string {
    const text = readFileSync(join(this.folder, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
    return text.split(" ").slice(0, 2).join(" ").trim();
  }

  run(args: readonly string[], stdin = ""): Promise<Ended> {
    return run("nsenter", [...this.#enter(), ...args], { timeout: 60_000, input: stdin, env: ENVIRONMENT });
  }

  async must(args: readonly string[], stdin?: string): Promise<string> {
    const { status, stdout, stderr } = await this.run(args, stdin);
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr || stdout}`);
    return stdout;
  }

  start(args: readonly string[]): ChildProcess {
    return spawn("nsenter", [...this.#enter(), ...args], { stdio: "pipe", env: ENVIRONMENT });
  }

  async put(path: string, text: string, mode = 0o644): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, mode);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), "utf8");
  }

  async listen(): Promise<void> {
    for (let tries = 1; ; tries++) {
      if ((tries > 1 && this.#network === undefined) || this.port === 0)
        this.port = (await freePorts(1))[0] ?? 0;
      const failure = await this.#startSshd();
      if (failure === undefined) return;
      if (tries === 3 || !failure.includes("in use")) throw new Error(`sshd did not start: ${failure}`);
    }
  }

  async reload(): Promise<void> {
    const file = this.#pidFile();
    const pid = await readFile(file, "utf8");
    // It writes the file anew once it listens.
    await rm(file);
    await this.must(["kill", "-HUP", pid.trim()]);
    await this.#until(async () => existsSync(file));
  }

  async restart(between: () => Promise<void> = async () => {}): Promise<void> {
    const sshd = this.#sshd;
    const gone = sshd === undefined ? undefined : once(sshd, "exit");
    // The listener first, or it would let more in.
    for (let pids = this.#sshds(); pids.length > 0; pids = this.#sshds()) {
      await this.run(["kill", "-KILL", ...pids]);
    }
    await gone;
    await between();
    const failure = await this.#startSshd();
    if (failure !== undefined) throw new Error(`sshd did not start again: ${failure}`);
  }

  log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    await stopHolder(this.#holder);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Resolves with what went wrong, or with nothing when it listens. */
  async #startSshd(): Promise<string | undefined> {
    this.#log = "";
    const address = this.#network === undefined ? "127.0.0.1" : "0.0.0.0";
    const where = ["-p", String(this.port), "-o", `ListenAddress=${address}`];
    await rm(this.#pidFile(), { force: true });
    const sshd = this.start([
      ...["env", ...unitEnvironment(this.folder)],
      ...["/usr/sbin/sshd", "-D", "-e", ...where, ...this.#options],
    ]);
    this.#sshd = sshd;
    sshd.stderr?.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString("utf8")).slice(-65_536);
    });
    const ended = once(sshd, "exit").then(() => this.#log || "it ended without a word");
    const ready = this.#until(async () => {
      if (sshd.exitCode !== null) return true;
      // It writes the file once it listens.
      return existsSync(this.#pidFile());
    }).then(() => undefined);
    return Promise.race([ended, ready]);
  }

  /** As the host numbers them, ascending; of its own process table only. */
  #sshds(): string[] {
    const table = `/proc/${this.pid}/root/proc`;
    const isSshd = (pid: string) => {
      try {
        return SSHD.test(readFileSync(`${table}/${pid}/comm`, "utf8"));
      } catch {
        return false;
      }
    };
    return readdirSync(table)
      .filter((name) => /^\d+$/.test(name) && isSshd(name))
      .toSorted((a, b) => Number(a) - Number(b));
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_WITHIN;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`sshd is not ready after 10 s: ${this.#log}`);
      await pause(20);
    }
  }

  readonly #pidFile = (): string => join(this.folder, "run/sshd.pid");

  #enter(): readonly string[] {
    const network = this.#network === undefined ? [] : [`--net=${this.#network()}`];
    return ["--target", String(this.pid), "--mount", "--pid", ...network, "--"];
  }
}

/** `NAME=value` of each `Environment=` that systemd would start sshd with; nothing quoted, and no `%`. */
function unitEnvironment(root: string): readonly string[] {
  const folder = join(root, "etc/systemd/system/ssh.service.d");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".conf")) : [];
  const lines = names
    .toSorted()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line.startsWith("Environment="));
  return lines.flatMap((line) => line.slice("Environment=".length).trim().split(/\s+/));
}

const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };
