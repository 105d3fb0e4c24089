import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { keeperAddress } from "../../adapters/keeper/address.ts";
import { run } from "../../adapters/openssh/run.ts";
import { until } from "../made/running-sandbox.ts";
import { CONTROLLER } from "./controller-account.ts";
import { type OpenBroker, startOpenBroker } from "./open-broker.ts";
import { DEVICE, startWokenRealm, type WokenRealm } from "./woken-realm.ts";

const CLIENT = "controller";

describe("the keeper of a controller", () => {
  let broker: OpenBroker;
  let woken: WokenRealm;
  let profile: string;
  let path: string;
  let folder: string;
  const sessions: ChildProcess[] = [];
  let begun = 0;

  const log = () => readFile(join(profile, "keeper.log"), "utf8").catch(() => "");
  /** The process that answers now. */
  const keeper = async (): Promise<number> =>
    Number([...(await log()).matchAll(/process (\d+)/g)].at(-1)?.[1]);
  const arrivals = () => broker.arrived.filter((id) => id === CLIENT).length;
  const endKeeper = async (signal: NodeJS.Signals) => {
    const pid = await keeper();
    process.kill(pid, signal);
    await until(async () => !isAlive(pid) || undefined);
  };
  const ok = async (...words: readonly string[]) => {
    const ended = await woken.warren("connect", "333", "--", ...words);
    // Of several that open a shared connection at once, one does; the others say that they go by themselves.
    const stderr = ended.stderr.replace(
      /^ControlSocket .* already exists, disabling multiplexing\r?\n/gm,
      "",
    );
    expect({ ...ended, stderr }).toMatchObject({ status: 0, stderr: "" });
    return ended.stdout.trim();
  };
  /** A session that goes on until it is told to end; resolves once it has begun. */
  const session = async () => {
    const mark = join(woken.realm.folder, `began-${begun++}`);
    const child = woken.start(
      "connect",
      "333",
      "--",
      `touch ${mark}; until [ -e ${mark}.end ]; do sleep 0.1; done`,
    );
    sessions.push(child);
    const ended = once(child, "exit");
    await until(async () => (await isThere(mark)) || undefined);
    const finish = async () => {
      await ok(`touch ${mark}.end`);
      return (await ended)[0] as number | null;
    };
    return { child, finish };
  };

  beforeAll(async () => {
    broker = await startOpenBroker();
    const { url, ca, client } = broker;
    woken = await startWokenRealm({
      url,
      ca,
      device: { clientId: "device", ...client },
      controller: { clientId: CLIENT, ...client },
    });
    profile = join(woken.env.XDG_CONFIG_HOME ?? "", "warren", CONTROLLER);
    ({ path, folder = "" } = keeperAddress(profile));
  });
  afterEach(() => {
    for (const child of sessions.splice(0)) child.kill("SIGKILL");
  });
  afterAll(async () => {
    const pid = await keeper();
    await woken.close();
    await broker.close();
    // Nobody finds it any more, so it ends.
    await until(async () => !isAlive(pid) || undefined);
  });

  it("is one for commands that begin at once and one after the other: none evicts another from the broker", async () => {
    expect(await Promise.all([ok("echo 1"), ok("echo 2"), ok("echo 3")])).toEqual(["1", "2", "3"]);
    const first = await keeper();
    expect(await ok("echo 4")).toBe("4");
    expect(await keeper()).toBe(first);
    expect(arrivals()).toBe(1);
  });

  it("ends by itself where another one serves, whatever it had begun", async () => {
    const first = await keeper();
    expect(await woken.warren("keeper", CONTROLLER)).toMatchObject({ status: 0 });
    expect(await keeper()).toBe(first);
  });

  it("answers this account alone, and its log is nobody else's", async () => {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(profile, "keeper.log"))).mode & 0o777).toBe(0o600);
  });

  it("ends the lease of a command that was killed", async () => {
    const { child } = await session();
    const before = broker.said.filter((line) => line.includes("control disconnect|v=2")).length;
    child.kill("SIGKILL");
    await until(
      async () =>
        broker.said.filter((line) => line.includes("control disconnect|v=2")).length > before || undefined,
    );
  });

  it("that is killed takes no session with it, and comes back for those that live", async () => {
    const { finish } = await session();
    const before = arrivals();
    await endKeeper("SIGKILL");
    // What the dead one left at its socket is in nobody's way; the session takes its lease again by itself.
    await until(async () => arrivals() > before || undefined);
    expect(await finish()).toBe(0);
    expect(arrivals()).toBe(before + 1);
  });

  it("outlives the terminal that it was started from", async () => {
    await endKeeper("SIGTERM");
    const { child } = await session();
    const pid = await keeper();
    child.kill("SIGHUP");
    await once(child, "exit");
    await ok("true");
    expect(await keeper()).toBe(pid);
  });

  it("of another version makes room", async () => {
    await endKeeper("SIGTERM");
    let asked = "";
    const old = createServer((socket) => {
      socket.write('{"kind":"keeper","version":"0.0.1"}\n');
      socket.on("data", (chunk) => {
        asked += chunk.toString();
        old.close();
        socket.destroy();
      });
    });
    old.listen(path);
    await once(old, "listening");
    expect(await ok("echo hello")).toBe("hello");
    expect(asked).toBe('{"kind":"retire"}\n');
  });

  it("is not even started by plain ssh where a shared connection to the device stands", async () => {
    const config = join(woken.realm.folder, "printed");
    await writeFile(config, (await woken.warren("ssh-config")).stdout);
    const hello = async () => {
      const env = { ...process.env, ...woken.env };
      const { stdout } = await run("ssh", ["-F", config, DEVICE, "echo", "hello"], { timeout: 20_000, env });
      expect(stdout).toBe("hello\n");
    };
    await hello();
    await endKeeper("SIGTERM");
    const before = arrivals();
    await hello();
    expect(isAlive(await keeper())).toBe(false);
    expect(arrivals()).toBe(before);
    await ok("true");
  });

  it("passes on that the device does not answer", async () => {
    await endKeeper("SIGTERM");
    expect(await woken.warren("disconnect", "333")).toMatchObject({ status: 0 });
    await woken.stopAgent();
    const { stderr, status } = await woken.warren("connect", "333", "--", "true");
    expect(stderr).toBe(`warren: device ${DEVICE} does not answer: nothing heard within 10 s\n`);
    expect(status).toBe(3);
    await woken.startAgent();
  });
});

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
