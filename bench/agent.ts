import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { FaultScene } from "../test/processes/fault-scene.ts";
import { canMakePlaces, type Place } from "../test/processes/place.ts";
import { canHost } from "../test/processes/stock-host.ts";

/** What the agent costs a device that sleeps, and one whose tunnel is up, beside autossh and a bare Node; see README.md. */
const SECONDS = Number(process.argv[2] ?? 60);
/** Until a program that has just started is at rest. */
const SETTLED_MS = 20_000;
/** Times a bare Node's. */
const MOST_MEMORY = 1.75;
/** Milliseconds of processor time a minute. */
const MOST_CPU = 15;

if (!canHost() || !canMakePlaces()) {
  console.error("agent: needs root, openssh-server, mosquitto, iproute2, iptables and autossh");
  process.exit(3);
}

interface Cost {
  readonly rss: number;
  /** Of it, what nobody else could use too: the program's own pages are shared by all of its processes. */
  readonly own: number;
  /** Milliseconds a minute. */
  readonly cpu: number;
}

const scene = await FaultScene.set();
try {
  await scene.untilOnline();
  const bare = scene.visitor;
  bare.start([process.execPath, "-e", "setInterval(() => {}, 2 ** 30)"]);
  const [node, asleep] = await Promise.all([
    costOf(bare, /^\S*node -e/),
    costOf(scene.device, /^\S*node .*warren-agent\.js run/),
  ]);
  const session = await scene.session();
  const [agent, ssh, watchdog] = await Promise.all([
    costOf(scene.device, /^\S*node .*warren-agent\.js run/),
    costOf(scene.device, /^ssh -N -M /),
    costOf(scene.device, /warren-watchdog/),
  ]);
  await scene.laptop.clear();
  await session.ended;
  await scene.replaceAgentByAutossh();
  const [autossh, itsSsh] = await Promise.all([
    costOf(scene.device, /autossh/),
    costOf(scene.device, /^(\/usr\/bin\/)?ssh .*-N/),
  ]);
  const rows: readonly (readonly [string, Cost])[] = [
    ["bare Node", node],
    ["agent, asleep", asleep],
    ["agent, tunnel up", agent],
    ["  its ssh", ssh],
    ["  its watchdog", watchdog],
    ["autossh", autossh],
    ["  its ssh", itsSsh],
  ];
  for (const [name, { rss, own, cpu }] of rows) {
    const memory = `${mebibytes(rss)} MiB, ${mebibytes(own)} of its own`;
    console.log(`${name.padEnd(18)} ${memory.padEnd(30)} ${cpu.toFixed(1).padStart(6)} ms of CPU a minute`);
  }
  meets("agent's memory, asleep, by a bare Node's", asleep.rss / node.rss, MOST_MEMORY);
  meets("its CPU, asleep, ms a minute", asleep.cpu, MOST_CPU);
} finally {
  await scene.close();
}

/** After its first seconds; of the one process whose command line matches. */
async function costOf(place: Place, pattern: RegExp): Promise<Cost> {
  await pause(SETTLED_MS);
  const [pid] = place.pidsOf(pattern);
  if (pid === undefined) throw new Error(`no process ${pattern}`);
  const folder = `/proc/${place.pid}/root/proc/${pid}`;
  const before = cpuOf(folder);
  await pause(SECONDS * 1000);
  const cpu = ((cpuOf(folder) - before) / SECONDS) * 60;
  const pages = readFileSync(`${folder}/smaps_rollup`, "utf8");
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(pages)?.[1]);
  return { rss: kibibytes("Rss"), own: kibibytes("Private_Clean") + kibibytes("Private_Dirty"), cpu };
}

/** Milliseconds that all threads have run: schedstat counts in nanoseconds, where stat has ticks of ten milliseconds. */
function cpuOf(folder: string): number {
  const threads = readdirSync(`${folder}/task`);
  const ran = threads.map((thread) =>
    Number(readFileSync(`${folder}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return ran.reduce((sum, one) => sum + one, 0) / 1e6;
}

function meets(what: string, figure: number, most: number): void {
  console.log(`${what}: ${figure.toFixed(2)} (${figure <= most ? "meets" : "MISSES"} ${most})`);
  if (figure > most) process.exitCode = 1;
}

function mebibytes(kibibytes: number): string {
  return (kibibytes / 1024).toFixed(1);
}
