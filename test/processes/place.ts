import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { type Holder, startHolder, stopHolder } from "./holder.ts";

const UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc"];
const TIMEOUT = 60_000;

/** Whether this machine can make them, wire them and cut the wires. */
export const canMakePlaces = (): boolean =>
  process.getuid?.() === 0 &&
  ["/usr/sbin/ip", "/usr/sbin/iptables", "/usr/bin/nsenter"].every((path) => existsSync(path)) &&
  spawnSync("unshare", [...UNSHARE.slice(1), "ip", "link", "add", "br0", "type", "bridge"]).status === 0 &&
  spawnSync("unshare", [...UNSHARE.slice(1), "iptables", "-S"]).status === 0;

/** One computer of a scene: a network, processes and mounts of its own, and this machine's files. */
export class Place {
  readonly #holder: Holder;

  private constructor(holder: Holder) {
    this.#holder = holder;
  }

  /** `files`: a path there, and the file of this machine that stands in its place. */
  static async make(files: Readonly<Record<string, string>> = {}): Promise<Place> {
    const mounts = Object.entries(files).map(([there, here]) => `mount --bind '${here}' '${there}'`);
    return new Place(await startHolder(UNSHARE, ["mount --make-rprivate /", "ip link set lo up", ...mounts]));
  }

  get network(): string {
    return `/proc/${this.#holder.pid}/ns/net`;
  }

  get pid(): number {
    return this.#holder.pid;
  }

  run(args: readonly string[], env = ENVIRONMENT, timeout = TIMEOUT): Promise<Ended> {
    return run("nsenter", [...this.#enter(), ...args], { timeout, env });
  }

  async must(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(args);
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr || stdout}`);
    return stdout;
  }

  /** Starts what goes on; it ends with the place, if not before. */
  start(args: readonly string[], env = ENVIRONMENT): ChildProcess {
    return spawn("nsenter", [...this.#enter(), ...args], { stdio: "pipe", env });
  }

  /** What runs there beside its first process, as the place numbers it: pid and command line; zombies left out. */
  processes(): ReadonlyMap<number, string> {
    return processesOf(this.pid);
  }

  /** Of processes whose command line matches. */
  pidsOf(pattern: RegExp): readonly number[] {
    return [...this.processes()].filter(([, line]) => pattern.test(line)).map(([pid]) => pid);
  }

  async signal(signal: string, pids: readonly number[]): Promise<void> {
    if (pids.length > 0) await this.run(["kill", `-${signal}`, ...pids.map(String)]);
  }

  /** Ends all that runs there, and waits until it is over. What is told to end may take ten seconds to do so. */
  async clear(signal: "TERM" | "KILL" = "TERM"): Promise<void> {
    const told = performance.now();
    await this.signal(signal, [...this.processes().keys()]);
    while (this.processes().size > 0) {
      if (signal === "KILL" || performance.now() - told > 10_000)
        await this.signal("KILL", [...this.processes().keys()]);
      await pause(100);
    }
  }

  stop(): Promise<void> {
    return stopHolder(this.#holder);
  }

  #enter(): readonly string[] {
    return ["--target", String(this.pid), "--mount", "--pid", "--net", "--"];
  }
}

/** A switch that places are wired to; each may be reached from each. */
export class Switch {
  readonly place: Place;
  #wires = 0;

  private constructor(place: Place) {
    this.place = place;
  }

  /** It is a place too, with an address of its own. */
  static async make(address: string): Promise<Switch> {
    const place = await Place.make();
    await place.must("ip", "link", "add", "br0", "type", "bridge");
    await place.must("ip", "address", "add", `${address}/24`, "dev", "br0");
    await place.must("ip", "link", "set", "br0", "up");
    return new Switch(place);
  }

  /** The same address is always the same network card: a computer that was replaced is not looked for elsewhere. */
  async wire(place: Place, address: string): Promise<void> {
    this.#wires += 1;
    const [port, card] = [
      `port${this.#wires}`,
      `02:00:00:00:00:${address.split(".").at(-1)?.padStart(2, "0")}`,
    ];
    const peer = ["peer", "name", "eth0", "address", card, "netns", String(place.pid)];
    // In its network alone: among its processes the other place has no number.
    const add = [`--net=${this.place.network}`, "ip", "link", "add", port, "type", "veth", ...peer];
    const { status, stderr } = await run("nsenter", add, { timeout: TIMEOUT });
    if (status !== 0) throw new Error(stderr);
    await this.place.must("ip", "link", "set", port, "master", "br0", "up");
    await place.must("ip", "address", "add", `${address}/24`, "dev", "eth0");
    await place.must("ip", "link", "set", "eth0", "up");
  }
}

/** Drops what goes to and comes from others, without a word; `match` narrows it. Returns what mends it. */
export async function cut(place: Place, ...match: readonly string[]): Promise<() => Promise<void>> {
  const rules = [
    ["OUTPUT", "-o", "eth0", ...match],
    ["INPUT", "-i", "eth0", ...match.map((word) => (word === "--dport" ? "--sport" : word))],
  ];
  for (const rule of rules) await place.must("iptables", "-A", ...rule, "-j", "DROP");
  return async () => {
    for (const rule of rules) await place.must("iptables", "-D", ...rule, "-j", "DROP");
  };
}

/** Of the namespace whose first process is `pid`, which is left out. */
export function processesOf(pid: number): ReadonlyMap<number, string> {
  const table = `/proc/${pid}/root/proc`;
  const numbers = readdirSync(table).filter((name) => /^\d+$/.test(name) && name !== "1");
  const lines = numbers.map((name) => [Number(name), commandLine(`${table}/${name}`)] as const);
  return new Map(lines.filter(([, line]) => line !== ""));
}

function commandLine(folder: string): string {
  try {
    // Empty for zombies.
    return readFileSync(`${folder}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

const ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
};
