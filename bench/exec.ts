import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../adapters/openssh/run.ts";
import { socketFolder } from "../adapters/openssh/sockets.ts";
import { CONTROLLER, WARREN } from "../test/processes/controller-account.ts";
import { type ManyDevices, startManyDevices } from "../test/processes/many-devices.ts";
import { canHost } from "../test/processes/stock-host.ts";

/** One command on many devices beside pssh and clush, which are given `ssh -J` to the same; see README.md. */
const DEVICES = Number(process.argv[2] ?? 100);
const ROUNDS = Number(process.argv[3] ?? 3);
const AT_ONCE = 32;
const LEAST = { cold: 4, again: 10 };
const PEERS = ["parallel-ssh", "clush"] as const;

const there = async (program: string) => (await run("which", [program], { timeout: 5_000 })).status === 0;
if (!canHost() || !(await Promise.all(PEERS.map(there))).every(Boolean)) {
  console.error("exec: needs root, openssh-server, sudo, pssh and clustershell");
  process.exit(3);
}
const realm = await startManyDevices(DEVICES);
try {
  const times = new Map<string, number[]>();
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, milliseconds] of await oneRound(realm))
      if (round > 0) times.set(name, [...(times.get(name) ?? []), milliseconds]);
  }
  const medians = new Map([...times].map(([name, some]) => [name, medianOf(some)]));
  for (const [name, median] of medians) console.log(`${name}: ${(median / 1000).toFixed(2)} s`);
  const fastest = Math.min(...PEERS.map((name) => medians.get(name) ?? Number.NaN));
  for (const [name, least] of Object.entries(LEAST)) {
    const ratio = fastest / (medians.get(`exec, ${name}`) ?? Number.NaN);
    const meets = ratio >= least;
    console.log(`${name}: ${ratio.toFixed(1)} times as fast (${meets ? "meets" : "MISSES"} ${least})`);
    if (!meets) process.exitCode = 1;
  }
} finally {
  await forget(realm);
  await realm.close();
}

/** All that are compared, one after the other; milliseconds by name. */
async function oneRound({
  folder,
  names,
  env,
  plainConfig,
}: ManyDevices): Promise<ReadonlyMap<string, number>> {
  const hosts = join(folder, "hosts");
  await writeFile(hosts, `${names.join("\n")}\n`);
  const sameExchange = join(folder, "curve");
  await writeFile(
    sameExchange,
    `Host *.hula.atlas\n  KexAlgorithms ^curve25519-sha256\nHost *\nInclude ${plainConfig}\n`,
  );
  const times = new Map<string, number>();
  const time = async (name: string, program: string, ...args: readonly string[]) => {
    const began = performance.now();
    const { status, stdout, stderr } = await run(program, args, { timeout: 300_000, env });
    times.set(name, performance.now() - began);
    // What did less work than the others must not look fast.
    const answers = stdout.match(/^.*hello$/gm)?.length;
    if (status !== 0 || answers !== names.length)
      throw new Error(`${name} ended with ${status} and ${answers} answers: ${stderr.slice(-2_000)}`);
  };
  const pssh = (config: string) => [
    "-h",
    hosts,
    "-p",
    `${AT_ONCE}`,
    "-t",
    "0",
    "-x",
    `-F ${config}`,
    "-i",
    "echo hello",
  ];
  await time("parallel-ssh", "parallel-ssh", ...pssh(plainConfig));
  await time("parallel-ssh, the inner key exchange as ours", "parallel-ssh", ...pssh(sameExchange));
  await time(
    "clush",
    "clush",
    "--hostfile",
    hosts,
    "-f",
    `${AT_ONCE}`,
    "-t",
    "60",
    "-o",
    `-F ${plainConfig}`,
    "echo hello",
  );
  await forget(realm);
  const exec = [WARREN, "exec", "hula", "--parallel", `${AT_ONCE}`, "--", "echo hello"];
  await time("exec, cold", process.execPath, ...exec);
  await time("exec, again", process.execPath, ...exec);
  return times;
}

/** Ends all shared connections, so that the next command begins with none. */
async function forget({ folder }: ManyDevices): Promise<void> {
  const sockets = socketFolder(join(folder, "config/warren", CONTROLLER));
  for (const name of await readdir(sockets))
    await run("ssh", ["-F", "none", "-S", join(sockets, name), "-O", "exit", "device"], { timeout: 10_000 });
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}
