import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { bannerOf } from "../../adapters/openssh/banner.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { printProfile } from "../../core/computer/profile.ts";
import type { KeyLine } from "../../core/keys/key-line.ts";
import { id } from "../made/access.ts";
import { LONG } from "../made/long.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { directoryFiles, hulaDirectory } from "./hula-directory.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import { canHost, freeRange } from "./stock-host.ts";
import type { StockProxy } from "./stock-proxy.ts";
import { Supervisor } from "./supervisor.ts";

const AGENT = "dist/warren-agent.js";
/** Whole agents, each a process; the others cost one ssh each. */
const AGENTS = LONG ? 20 : 2;
const PLAIN = LONG ? 280 : 28;
/**
 * Of the others alone. All devices share two cores with their proxy here, and the post-quantum key that each makes for its
 * side of a login takes longer (62 ms) than all that the proxy does for it (43 ms).
 */
const CHEAP_KEY = ["-o", "KexAlgorithms=curve25519-sha256"];
const ASK_EVERY = 500;
const [AHEAD, USUAL] = [-15, 0];
/** So many start at once. */
const BATCH = 10;
const BACK_WITHIN = 30_000;
const BANNER = "SSH-2.0-device";

interface Member {
  readonly name: string;
  readonly port: number;
  readonly key: KeyLine;
}

(canHost() ? describe : describe.skip)(`a herd of ${AGENTS + PLAIN}`, () => {
  let folder: string;
  let proxy: StockProxy;
  let device: Server;
  let herd: readonly Member[];
  let supervisors = new Map<Member, Supervisor>();
  const agents: ChildProcess[] = [];
  let open = () => {};
  let gate = Promise.resolve();

  beforeAll(async () => {
    // One process starts and watches them all: it must not stand in line behind each.
    setPriority(AHEAD);
    folder = await mkdtemp(join(tmpdir(), "warren-herd-"));
    device = createServer((socket) => socket.on("error", () => {}).end(`${BANNER}\r\n`)).listen(
      0,
      "127.0.0.1",
    );
    await once(device, "listening");
    const first = await freeRange(AGENTS + PLAIN);
    const signer = await keyOf(folder, "signer");
    const members: Member[] = [];
    for (let index = 0; index < AGENTS + PLAIN; index++) {
      const name = `${index}.hula.atlas`;
      members.push({ name, port: first + index, key: await keyOf(folder, name) });
    }
    herd = members;
    proxy = await startPreparedProxy({ systems: ["hula"], files: keysOf(herd) });
    await serveDirectory(signer);
    supervisors = new Map(
      await Promise.all(herd.slice(AGENTS).map(async (one) => [one, await supervisorOf(one)] as const)),
    );
    for (const one of herd.slice(0, AGENTS)) await startAgent(one, signer);
    for (let from = AGENTS; from < herd.length; from += BATCH) {
      const batch = herd.slice(from, from + BATCH);
      for (const one of batch) supervisors.get(one)?.start();
      await untilUp(batch, BACK_WITHIN);
    }
  }, 600_000);
  afterAll(async () => {
    setPriority(USUAL);
    await Promise.all([...supervisors.values()].map((one) => one.stop()));
    for (const agent of agents) {
      if (agent.exitCode !== null) continue;
      agent.kill();
      await once(agent, "exit");
    }
    await proxy?.stop();
    device?.close();
    await rm(folder, { recursive: true });
  }, 60_000);

  it("is back within 30 s of sshd's restart, though all come in the same second", async () => {
    await untilUp(herd, BACK_WITHIN);
    gate = new Promise((resolve) => {
      open = resolve;
    });
    await proxy.restart();
    const began = performance.now();
    open();
    const seconds = await untilUp(herd, BACK_WITHIN);
    const last = seconds.at(-1) ?? Number.POSITIVE_INFINITY;
    console.log(`half after ${seconds[seconds.length >> 1]} s, all after ${last} s`);
    expect((performance.now() - began) / 1000).toBeLessThan(30);
  }, 120_000);

  const supervisorOf = async ({ name, port }: Member): Promise<Supervisor> => {
    const forward = ["-R", `127.0.0.1:${port}:127.0.0.1:${(device.address() as AddressInfo).port}`];
    return new Supervisor([...CHEAP_KEY, ...forward, ...(await sshArgs(folder, name, proxy))], async () => {
      await gate;
      await pause(1_000 * Math.random());
    });
  };

  /** Resolves with the seconds after which each was up, ascending; each is asked by itself. */
  async function untilUp(members: readonly Member[], within: number): Promise<number[]> {
    const began = performance.now();
    const wait = async (one: Member): Promise<number | undefined> => {
      while (performance.now() - began < within) {
        if (await answers(one)) {
          supervisors.get(one)?.isUp();
          return Math.round((performance.now() - began) / 100) / 10;
        }
        await pause(ASK_EVERY);
      }
      return undefined;
    };
    const seconds = (await Promise.all(members.map(wait))).filter((after) => after !== undefined);
    const down = members.length - seconds.length;
    if (down > 0)
      throw new Error(
        `${down} of ${members.length} are down, half after ${seconds.toSorted((a, b) => a - b)[seconds.length >> 1]} s: ${proxy.log().slice(-2_000)}`,
      );
    return seconds.toSorted((a, b) => a - b);
  }

  const answers = ({ port }: Member): Promise<boolean> =>
    bannerOf("127.0.0.1", port, 5_000).then(
      (banner) => banner === BANNER,
      () => false,
    );

  async function serveDirectory(signer: KeyLine): Promise<void> {
    const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
    const directory = hulaDirectory(pinned, {
      login: ["atlas"],
      devices: Object.fromEntries(
        herd.map(({ name, port }) => [name.split(".")[0] ?? "", { port, hostKeys: [signer.line] }]),
      ),
      controllers: {},
    });
    const signed = await directoryFiles(directory, join(folder, "signer"));
    await proxy.switchTo(new Map([...keysOf(herd), ...signed]));
  }

  /** Resolves when it says that its tunnel is up. */
  async function startAgent({ name }: Member, signer: KeyLine): Promise<void> {
    const profile = join(folder, `profile-${name}`);
    await mkdir(profile, { mode: 0o700 });
    await cp(join(folder, name), join(profile, "identity"));
    const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
    const text = printProfile({
      format: 1,
      id: name,
      repository: "wildlife/atlas",
      proxy: pinned,
      signers: [signer.line],
      device: {
        sshd: { host: "127.0.0.1", port: (device.address() as AddressInfo).port },
        authorizedKeys: { atlas: join(profile, "authorized_keys") },
      },
    });
    await writeFile(join(profile, "profile.json"), text);
    const agent = spawn(process.execPath, [AGENT, "run", "--profile", profile], {
      stdio: ["pipe", "pipe", process.env.WARREN_DEBUG === undefined ? "ignore" : "inherit"],
    });
    if (agent.pid !== undefined) setPriority(agent.pid, USUAL);
    agents.push(agent);
    await once(agent.stdout, "data");
  }
});

const keysOf = (herd: readonly Member[]): ReadonlyMap<string, string> => {
  const grants = herd.map(
    ({ name, port, key }): KeyGrant => ({ role: "device", computer: id(name), key, port }),
  );
  return new Map([["authorized_keys/hula", printAuthorizedKeys(grants)]]);
};
