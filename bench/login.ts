import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../adapters/openssh/run.ts";
import { type KeyGrant, printAuthorizedKeys } from "../core/access/authorized-keys.ts";
import { type KeyLine, readKeyLine } from "../core/keys/key-line.ts";
import { good, id, madeKey } from "../test/made/access.ts";
import { keyOf, sshArgs } from "../test/processes/clients.ts";
import { startPreparedProxy } from "../test/processes/prepared-proxy.ts";
import { canHost } from "../test/processes/stock-host.ts";

/** A login and `whoami` on a real sshd that `warren proxy prepare` set up, hook and all; see README.md. */
const ROUNDS = Number(process.argv[2] ?? 40);
const SMALL = { system: "small", computers: 10 };
const LARGE = { system: "large", computers: 4_000 };
const MOST = { device: 1.25, controller: 1.6 };

if (!canHost()) {
  console.error("login: needs root, openssh-server and sudo");
  process.exit(3);
}
const folder = await mkdtemp(join(tmpdir(), "warren-bench-"));
try {
  const files = new Map<string, string>();
  for (const size of [SMALL, LARGE]) files.set(`authorized_keys/${size.system}`, await keysOf(size));
  const proxy = await startPreparedProxy({ systems: [SMALL.system, LARGE.system], files });
  try {
    const logins = new Map<string, { args: readonly string[]; times: number[] }>();
    for (const role of ["device", "controller"] as const)
      for (const { system } of [SMALL, LARGE])
        logins.set(`${role} ${system}`, {
          args: await sshArgs(folder, nameOf(role, system), proxy),
          times: [],
        });
    // The first round warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const { args, times } of logins.values()) {
        const began = performance.now();
        const { status, stderr } = await run("ssh", [...args, "whoami"], { timeout: 30_000 });
        if (status !== 0) throw new Error(stderr);
        if (round > 0) times.push(performance.now() - began);
      }
    }
    const median = (name: string) => medianOf(logins.get(name)?.times ?? []);
    for (const role of ["device", "controller"] as const) {
      const [small, large] = [median(`${role} ${SMALL.system}`), median(`${role} ${LARGE.system}`)];
      const ratio = large / small;
      const meets = ratio <= MOST[role];
      const says = `${role}: ${small.toFixed(0)} ms among ${SMALL.computers} keys, ${large.toFixed(0)} ms among ${LARGE.computers}`;
      console.log(`${says}; ${ratio.toFixed(2)} times (${meets ? "meets" : "MISSES"} ${MOST[role]})`);
      if (!meets) process.exitCode = 1;
    }
  } finally {
    await proxy.stop();
  }
} finally {
  await rm(folder, { recursive: true });
}

/** One controller that may reach all others, which are devices; who logs in is the last device of the file. */
async function keysOf({ system, computers }: typeof SMALL): Promise<string> {
  const ports = Array.from({ length: computers - 1 }, (_, index) => 20_000 + index);
  const name = nameOf("device", system);
  const own = await keyOf(folder, name);
  const devices = ports.map((port, index): KeyGrant => {
    const last = index === ports.length - 1;
    const computer = id(last ? name : `1${index}.${system}.atlas`);
    return { role: "device", computer, key: last ? own : filler(system, index), port };
  });
  const controller = nameOf("controller", system);
  const key = await keyOf(folder, controller);
  return printAuthorizedKeys([
    ...devices,
    { role: "controller", computer: id(controller), key, opens: ports },
  ]);
}

function nameOf(role: "device" | "controller", system: string): string {
  return role === "device" ? `9.${system}.atlas` : `controller-c.${system}.atlas`;
}

function filler(system: string, index: number): KeyLine {
  return good(readKeyLine(madeKey(`${system} ${index}`)));
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}
