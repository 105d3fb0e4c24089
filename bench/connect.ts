import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bannerThrough } from "../adapters/openssh/banner.ts";
import { Master } from "../adapters/openssh/master.ts";
import { run } from "../adapters/openssh/run.ts";
import { knownHosts } from "../core/computer/ssh-config.ts";
import { id } from "../test/made/access.ts";
import { sshArgs } from "../test/processes/clients.ts";
import { canHost } from "../test/processes/stock-host.ts";
import { DEVICE, keeperProcess, startSlowRealm } from "./connect-realm.ts";

/** `warren connect`, and plain ssh by its configuration, beside plain `ssh -J`; see README.md. */
const ROUNDS = Number(process.argv[2] ?? 9);
const LEG = 50;
const MOST = { cold: { 0: 1.1, 50: 1.1 }, up: { 0: 0.5, 50: 0.75 }, again: { 0: 0.2, 50: 0.2 }, woken: 1.15 };
const CHAIN = 31;
const WARREN = resolve("dist/warren.js");
const TIMEOUT = 60_000;

if (!canHost()) {
  console.error("connect: needs root, openssh-server and sudo");
  process.exit(3);
}
const realm = await startSlowRealm();
const file = (name: string) => join(realm.folder, name);
let tunnel: Master | undefined;
try {
  await writePlain();
  const agent = await realm.startAgent("no broker");
  try {
    for (const leg of [0, LEG] as const) await compare(await printed("awake"), leg);
  } finally {
    await agent.stop();
  }
  await wake(await printed("wakes"));
} finally {
  await closeTunnel();
  await realm.close();
}

/** Ways to run `true` on the device, in turns, so that a busy machine slows all of them. */
async function compare(config: string, leg: 0 | typeof LEG): Promise<void> {
  realm.slow(leg);
  const times = new Map<string, number[]>();
  const measure = async (name: string, program: string, args: readonly string[]) =>
    void (times.get(name) ?? times.set(name, []).get(name))?.push(
      await timed(program, args, realm.awake.env),
    );
  const connect = [WARREN, "connect", "333", "--", "true"];
  for (let round = 0; round <= ROUNDS; round++) {
    // The first round warms up.
    if (round === 1) times.clear();
    await measure("plain", "ssh", ["-F", file("plain"), "-J", "proxy", "device", "true"]);
    await measure("same", "ssh", ["-F", file("same"), "-J", "proxy", "device", "true"]);
    await endShared(config, "device");
    await endShared(config, "proxy");
    await measure("cold", process.execPath, connect);
    await endShared(config, "device");
    await measure("up", process.execPath, connect);
    await measure("again", "ssh", ["-F", config, DEVICE, "true"]);
    await measure("again, connect", process.execPath, connect);
  }
  const of = (name: string) => medianOf(times.get(name) ?? []);
  const [plain, same] = [of("plain"), of("same")];
  console.log(
    `${leg} ms a leg: ssh -J ${plain.toFixed(0)} ms, with the same key exchange ${same.toFixed(0)} ms, ` +
      `warren connect on a shared connection ${of("again, connect").toFixed(0)} ms`,
  );
  for (const [name, says] of [
    ["cold", "warren connect, nothing open"],
    ["up", "warren connect, proxy open"],
    ["again", "ssh, again"],
  ] as const) {
    const beside = `${(of(name) / same).toFixed(2)} of the same key exchange`;
    judge(`  ${says}: ${of(name).toFixed(0)} ms, ${beside}`, of(name) / plain, MOST[name][leg]);
  }
}

async function wake(config: string): Promise<void> {
  const agent = await realm.startAgent("broker");
  const { env, warren } = realm.wakes;
  try {
    const [cold, kept] = [[] as number[], [] as number[]];
    const without = await withoutLatency();
    for (let round = 0; round <= ROUNDS; round++) {
      for (const times of [cold, kept]) {
        realm.slow(0);
        await warren("disconnect", "333");
        await endShared(config, "proxy");
        while (!/(starts|online|is closed|follow directory \d+)$/.test(agent.log().trimEnd()))
          await pause(20);
        const keeper = await keeperProcess(realm.wakes);
        if (times === cold && keeper !== undefined) await end(keeper);
        realm.slow(LEG);
        const took = await timed(process.execPath, [WARREN, "connect", "333", "--", "true"], env);
        if (round > 0) times.push(took);
      }
    }
    const bound = CHAIN * LEG + without;
    console.log(
      `waking at ${LEG} ms a leg: bound ${bound.toFixed(0)} ms (${CHAIN} L and ${without.toFixed(0)} ms); ` +
        `with a keeper already there ${medianOf(kept).toFixed(0)} ms`,
    );
    judge(
      `  warren connect, nothing open: ${medianOf(cold).toFixed(0)} ms`,
      medianOf(cold) / bound,
      MOST.woken,
    );
  } finally {
    const keeper = await keeperProcess(realm.wakes);
    if (keeper !== undefined) await end(keeper);
    await agent.stop();
  }
}

/** What ssh itself takes for the two logins and the probe. */
async function withoutLatency(): Promise<number> {
  realm.slow(0);
  const times: number[] = [];
  await timed("ssh", ["-F", file("same"), "-fNMS", file("own"), "proxy"], {});
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await openTunnel();
    await bannerThrough(
      ["-S", file("tunnel"), "-W", `127.0.0.1:${realm.port}`, ...(await toProxy())],
      TIMEOUT,
    );
    const through = `ProxyCommand=ssh -F none -S ${file("own")} -W 127.0.0.1:${realm.port} x`;
    await timed("ssh", ["-F", file("same"), "-o", through, "device", "true"], {});
    times.push(performance.now() - began);
    await closeTunnel();
  }
  await run("ssh", ["-F", "none", "-S", file("own"), "-O", "exit", "x"], { timeout: TIMEOUT });
  return medianOf(times);
}

function toProxy(): Promise<readonly string[]> {
  return sshArgs(realm.folder, DEVICE, { port: realm.proxyPort, hostKey: realm.proxyKey });
}

async function openTunnel(): Promise<void> {
  const forward = [
    "-o",
    "ExitOnForwardFailure=yes",
    "-R",
    `127.0.0.1:${realm.port}:127.0.0.1:${realm.sshd.port}`,
  ];
  tunnel = new Master(file("tunnel"), [...forward, ...(await toProxy())]);
  await tunnel.ready(TIMEOUT);
}

async function closeTunnel(): Promise<void> {
  await tunnel?.end();
  tunnel = undefined;
}

/** As a careful person would write it: two hosts, their keys pinned, and nothing shared. */
async function writePlain(): Promise<void> {
  const pins = `${knownHosts(id("controller-a.hula.atlas"), {
    host: "127.0.0.1",
    port: realm.proxyPort,
    hostKeys: [realm.proxyKey],
  })}device ${realm.sshd.hostKey}\n`;
  await writeFile(file("pins"), pins);
  const both = `  HostName 127.0.0.1\n  IdentityFile ${file("controller")}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${file("pins")}\n  StrictHostKeyChecking yes\n`;
  const proxy = `Host proxy\n  User hula\n  Port ${realm.proxyPort}\n  HostKeyAlias _proxy.hula.atlas\n${both}`;
  const device = `Host device\n  User ${realm.account}\n  Port ${realm.port}\n  HostKeyAlias device\n`;
  await writeFile(file("plain"), `${proxy}${device}${both}`);
  await writeFile(file("same"), `${proxy}${device}  KexAlgorithms ^curve25519-sha256\n${both}`);
}

/** The file of `warren ssh-config`. */
async function printed(who: "awake" | "wakes"): Promise<string> {
  const { status, stdout, stderr } = await realm[who].warren("ssh-config");
  if (status !== 0) throw new Error(stderr);
  await writeFile(file(`${who}.config`), stdout);
  return file(`${who}.config`);
}

async function endShared(config: string, what: "device" | "proxy"): Promise<void> {
  const name = what === "device" ? DEVICE : "_proxy.hula.atlas";
  const { stdout } = await run("ssh", ["-G", "-F", config, name], { timeout: TIMEOUT });
  const socket = /^controlpath (.*)$/m.exec(stdout)?.[1];
  if (socket === undefined) throw new Error(`${name} shares no connection`);
  await run("ssh", ["-F", "none", "-S", socket, "-O", "exit", "x"], { timeout: TIMEOUT });
  while (existsSync(socket)) await pause(5);
}

async function timed(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const began = performance.now();
  const { status, stderr } = await run(program, args, { timeout: TIMEOUT, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status} ${stderr}`);
  return performance.now() - began;
}

async function end(pid: number): Promise<void> {
  try {
    process.kill(pid, "SIGTERM");
    for (;;) {
      process.kill(pid, 0);
      await pause(5);
    }
  } catch {
    // It is gone.
  }
}

function judge(says: string, ratio: number, most: number): void {
  const meets = ratio <= most;
  console.log(`${says}; ${ratio.toFixed(2)} times (${meets ? "meets" : "MISSES"} ${most})`);
  if (!meets) process.exitCode = 1;
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}
