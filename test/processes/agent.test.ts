import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { AgentStatus } from "../../core/computer/agent-status.ts";
import { type Profile, printProfile } from "../../core/computer/profile.ts";
import { leaseHash, leaseIdFrom, printControl } from "../../core/tunnel/messages.ts";
import { type OpenBroker, startOpenBroker } from "./open-broker.ts";
import { type SmallRealm, startSmallRealm, TUNNEL_PORT } from "./small-realm.ts";

const AGENT = "dist/warren-agent.js";
/** Another Node than this one, for example Debian 12's Node 18. */
const NODE = process.env.WARREN_NODE ?? process.execPath;
const CONTROL = "atlas/hula/333/tunnel/control";
const LEASE = leaseIdFrom(Buffer.alloc(16, 7));
const connected = `atlas/hula/333/tunnel/state connected|port=${TUNNEL_PORT}|v=2|`;

describe("the agent, as its users run it", () => {
  let realm: SmallRealm;
  let broker: OpenBroker;
  let profile: Profile;
  let folder: string;
  let agent: ChildProcess | undefined;

  beforeAll(async () => {
    realm = await startSmallRealm();
    folder = join(realm.folder, "profile");
    await mkdir(folder, { mode: 0o700 });
    for (const name of ["identity", "identity.pub"])
      await rename(join(realm.folder, name), join(folder, name));
  });
  beforeEach(async () => {
    broker = await startOpenBroker();
    await writeFile(join(folder, "x509.key"), broker.client.key);
    await writeFile(join(folder, "x509.pem"), broker.client.cert);
    profile = {
      format: 1,
      id: "333.hula.atlas",
      repository: "wildlife/atlas",
      proxy: { host: realm.proxy.host, port: realm.proxy.port, hostKeys: [realm.proxyKey] },
      signers: [realm.signer],
      broker: { url: broker.url, clientId: "333.hula.atlas.tunnels.example.org", ca: broker.ca },
      device: {
        sshd: { host: realm.device.host, port: realm.device.port },
        authorizedKeys: realm.device.authorizedKeys,
      },
    };
  });
  afterEach(async () => {
    if (agent?.exitCode === null && agent.signalCode === null) {
      agent.kill("SIGKILL");
      await once(agent, "exit");
    }
    await broker.close();
    await until(() => sshProcesses(folder).length === 0);
  });
  afterAll(() => realm.close());

  /** Starts it, and waits until it says that it is ready. */
  const start = async (of: Profile = profile, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> => {
    await writeFile(join(folder, "profile.json"), printProfile(of));
    agent = spawn(NODE, [AGENT, "run", "--profile", folder], {
      env: { PATH: process.env.PATH, HOME: realm.folder, ...env },
      stdio: ["pipe", "pipe", process.env.WARREN_DEBUG === undefined ? "ignore" : "inherit"],
    });
    if (agent.stdout === null) throw new Error("no stdout");
    const [line] = await once(createInterface({ input: agent.stdout }), "line");
    expect(JSON.parse(String(line))).toEqual({ id: "333.hula.atlas", ready: true });
    return agent;
  };
  const status = (): readonly [number | null, { status?: AgentStatus }] => {
    const ended = spawnSync(NODE, [AGENT, "status", "--profile", folder, "--json"], { encoding: "utf8" });
    return [ended.status, JSON.parse(ended.stdout)];
  };
  const wake = (seq = 1): void =>
    broker.publish(CONTROL, printControl({ word: "connect", form: "lease", lease: LEASE, seq, ttl: 60 }));
  const heard = (start: string): Promise<void> =>
    until(() => broker.said.some((said) => said.startsWith(start)));

  it("opens its tunnel when it is woken, lets controllers in, and closes when the lease has ended", async () => {
    await start();
    wake();
    await heard(connected);
    expect(broker.said.at(-1)).toContain(leaseHash(LEASE));
    expect(await readFile(realm.device.authorizedKeys.atlas ?? "", "utf8")).toContain(
      "BEGIN warren hula.atlas",
    );
    broker.publish(CONTROL, printControl({ word: "disconnect", form: "lease", lease: LEASE, seq: 2 }));
    await until(() => sshProcesses(folder).length === 0);
    expect(broker.said.at(-1)).toBe("atlas/hula/333/tunnel/state disconnected");
  });

  it("says by another process how it stands, and nothing once it has been killed", async () => {
    const running = await start();
    expect(status()).toMatchObject([
      0,
      { reachable: true, status: { standing: { broker: "online", leases: 0 } } },
    ]);
    wake();
    await heard(connected);
    const standing = { broker: "online", tunnel: "up", port: TUNNEL_PORT, leases: 1 };
    await until(() => status()[1].status?.standing.tunnel === "up");
    expect(status()).toMatchObject([
      0,
      { state: "running", status: { pid: running.pid, standing, sequence: 1 } },
    ]);
    running.kill("SIGKILL");
    await once(running, "exit");
    expect(status()).toMatchObject([1, { state: "stopped", reachable: false, last: { pid: running.pid } }]);
  });

  it("stops cleanly on SIGTERM", async () => {
    const running = await start();
    wake();
    await heard(connected);
    running.kill("SIGTERM");
    expect(await once(running, "exit")).toEqual([0, null]);
    expect(sshProcesses(folder)).toEqual([]);
    expect(existsSync(join(folder, "s/agent"))).toBe(false);
    expect(existsSync(join(folder, "status.json"))).toBe(false);
  });

  it("takes its ssh with it when it is killed", async () => {
    const running = await start();
    wake();
    await heard(connected);
    expect(sshProcesses(folder)).toHaveLength(1);
    running.kill("SIGKILL");
    await once(running, "exit");
    const since = performance.now();
    await until(() => sshProcesses(folder).length === 0);
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it("is told of by its last will when it is killed, where its broker is for that", async () => {
    const { broker: at } = profile;
    if (at === undefined) throw new Error("no broker");
    const running = await start({ ...profile, broker: { ...at, presence: true } });
    await heard("atlas/hula/333/tunnel/presence online|v=2|boot=");
    running.kill("SIGKILL");
    await heard("atlas/hula/333/tunnel/presence offline|v=2|boot=");
  });

  it("ends with the parent that holds its stdin", async () => {
    const running = await start(profile, { WARREN_PARENT: "stdin" });
    running.stdin?.end();
    expect(await once(running, "exit")).toEqual([0, null]);
  });

  it("opens a tunnel again whose ssh was killed", async () => {
    await start();
    wake();
    await heard(connected);
    const before = broker.said.length;
    const [pid] = sshProcesses(folder);
    process.kill(pid ?? Number.NaN, "SIGKILL");
    await until(() => broker.said.slice(before).some((said) => said.startsWith(connected)));
    expect(sshProcesses(folder)).not.toContain(pid);
  });

  it("is always reachable in a realm without a broker", async () => {
    const { broker: _, ...without } = profile;
    await start(without);
    expect(sshProcesses(folder)).toHaveLength(1);
  });

  it("idles in less than 75 MiB", async () => {
    const running = await start();
    await until(() => broker.said.length > 0);
    const status = readFileSync(`/proc/${running.pid}/status`, "utf8");
    const kibibytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
    expect(kibibytes).toBeGreaterThan(0);
    expect(kibibytes / 1024).toBeLessThan(75);
  });
});

describe("dist/warren-agent.js", () => {
  it("is one file of at most 400 kB, without Probot and the AWS SDK", () => {
    const text = readFileSync(AGENT, "utf8");
    expect(text.length).toBeLessThanOrEqual(400_000);
    expect(text).not.toMatch(/probot|@aws-sdk|aws-sdk|octokit/i);
  });
});

/** Long-lived ssh clients that name something of this folder on their command line. */
function sshProcesses(folder: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const ours = (pid: string) => {
    const words = commandLine(pid).split("\0");
    return words[0] === "ssh" && words.includes("-M") && words.some((word) => word.includes(folder));
  };
  return pids.filter(ours).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`does not hold after 10 s: ${holds}`);
    await pause(10);
  }
}
