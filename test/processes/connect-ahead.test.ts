import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Ended } from "../../adapters/openssh/run.ts";
import { processesThatName, until } from "../made/running-sandbox.ts";
import { CONTROLLER, WARREN } from "./controller-account.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";

const HELLO = ["connect", "333", "--", "echo", "hello"] as const;

describe("a session that is begun before the rest of connect is loaded", () => {
  let reached: ReachedDevice;
  let sequence = 1;
  const profile = () => join(reached.realm.folder, "config/warren", CONTROLLER);
  /** The next connect begins ahead: the connection to the proxy stands, and none to the device. */
  const warm = async () => {
    await reached.warren("disconnect", "333");
    expect(await reached.warren("connect", "--wake", "333")).toMatchObject({ status: 0 });
    expect(existsSync(join(profile(), "settled"))).toBe(true);
  };
  /** The next one can't: it has nothing to begin by. */
  const cold = () => rm(join(profile(), "ssh_config"));
  const serve = (hostKey: string) => {
    sequence += 1;
    const { directory } = reached.realm;
    const device = { port: directory.devices[333]?.port ?? 0, hostKeys: [hostKey] };
    return reached.realm.serve({ ...directory, sequence, devices: { 333: device } });
  };
  const right = () => reached.realm.device.hostKey;
  const wrong = () => reached.realm.signer;
  /** With a head start and without. */
  const both = async (): Promise<readonly [Ended, Ended]> => {
    await warm();
    const ahead = await reached.warren(...HELLO);
    await warm();
    await cold();
    return [ahead, await reached.warren(...HELLO)];
  };
  const nobodyIsLeft = () => until(() => (sessions().length === 0 ? true : undefined));
  /** Every ssh that leads to the device or asks the proxy; not what is shared, nor the device's own tunnel. */
  const sessions = () => processesThatName(join(profile(), "ssh_config"));

  beforeAll(async () => {
    reached = await reachDevice();
  });
  beforeEach(warm);
  afterAll(() => reached.close());

  it("that the device refuses is as one without a head start", async () => {
    const files = Object.values(reached.realm.device.authorizedKeys);
    const keys = await Promise.all(files.map((path) => readFile(path, "utf8")));
    for (const path of files) await writeFile(path, "");
    const [ahead, without] = await both();
    for (const [index, path] of files.entries()) await writeFile(path, keys[index] ?? "");
    expect(ahead).toEqual({
      status: 255,
      stdout: "",
      stderr: "atlas@127.0.0.1: Permission denied (publickey).\r\n",
    });
    expect(ahead).toEqual(without);
    await nobodyIsLeft();
  });

  it("to a device that shows another host key is as one without", async () => {
    await serve(wrong());
    const [ahead, without] = await both();
    expect(ahead).toMatchObject({ status: 255, stdout: "" });
    expect(ahead.stderr).toMatch(/Host key verification failed\.\r\n$/);
    expect(ahead).toEqual(without);
    await nobodyIsLeft();
    // It has had it all the time, and the realm says so: no key of yesterday keeps anybody out.
    await warm();
    await serve(right());
    expect(await reached.warren(...HELLO)).toMatchObject({ status: 0, stdout: "hello\n" });
  });

  it("to a device whose tunnel is down says so, as one without", async () => {
    await reached.tunnelDown();
    const [ahead, without] = await both();
    await reached.tunnelUp();
    expect(ahead).toMatchObject({ status: 255, stdout: "" });
    expect(ahead.stderr).toMatch(
      /\nwarren: 333\.hula\.atlas does not answer: its tunnel is down\nhint: .*warren-agent status.*\n$/,
    );
    expect(ahead).toEqual(without);
    await nobodyIsLeft();
  });

  it("is over once the proxy knows of no such device any more", async () => {
    sequence += 1;
    await reached.realm.serve({ ...reached.realm.directory, sequence, devices: {} });
    const { status, stderr } = await reached.warren("connect", "333", "--", "sleep", "363636363");
    await serve(right());
    expect(stderr).toBe("warren: 333.hula.atlas is not enrolled any more\n");
    expect(status).toBe(1);
    // A login that was quicker than the answer left a connection that is shared for a while, and the command.
    await reached.warren("disconnect", "333");
    await nobodyIsLeft();
    for (const pid of processesThatName("363636363")) process.kill(pid);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "ends with connect at %s, however early it comes, and however late",
    async (signal) => {
      for (const isRunning of [isSsh, isOnDevice]) {
        const child = start("373737373");
        await until(() => (processesThatName("373737373").some(isRunning) ? true : undefined));
        const ended = once(child, "exit");
        child.kill(signal);
        expect(await ended).toEqual([signal === "SIGINT" ? 130 : 143, null]);
        await until(() => (processesThatName("373737373").some(isSsh) ? undefined : true));
        // Without a terminal, a command that asks for nothing notices nothing.
        for (const pid of processesThatName("373737373")) process.kill(pid);
        await warm();
      }
    },
  );

  it.each<[string, () => Promise<string>]>([
    ["the proxy has a newer directory", async () => serve(right()).then(() => "")],
    ["the realm has a broker by its end", withBroker],
    ["the proxy answers so late that its connection is taken for dead", withLateAnswer],
  ])("runs a command that ends as ssh's failures do once, though %s", async (_, change) => {
    const ran = join(reached.realm.folder, "ran");
    await rm(ran, { force: true });
    const [file, text] = [join(profile(), "profile.json"), await readFile(join(profile(), "profile.json"))];
    const served = await readFile(script(), "utf8");
    const meanwhile = await change();
    const { status } = await reached.warren("connect", "333", `echo ran >> ${ran}; ${meanwhile} exit 255`);
    await writeFile(file, text);
    await writeFile(script(), served);
    expect(await readFile(ran, "utf8")).toBe("ran\n");
    expect(status).toBe(255);
  });

  /** What the command does before it ends. */
  async function withBroker(): Promise<string> {
    const [file, other] = [join(profile(), "profile.json"), join(reached.realm.folder, "with-broker.json")];
    const broker = { url: "mqtts://127.0.0.1:1", clientId: CONTROLLER };
    await writeFile(other, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), broker }));
    return `cp ${other} ${file};`;
  }

  /** Only the first question: the one that is asked over a fresh connection then is answered at once. */
  async function withLateAnswer(): Promise<string> {
    const mark = join(reached.realm.folder, "asked");
    const served = await readFile(script(), "utf8");
    await writeFile(script(), served.replace("\n", `\nmkdir ${mark} 2>/dev/null && sleep 7\n`));
    return "";
  }
  const script = () => join(reached.realm.folder, "root/etc/warren/serve");

  it("by a key that was revoked is as one without", async () => {
    const file = join(reached.realm.folder, "root/etc/warren/current/authorized_keys/hula");
    const lines = (await readFile(file, "utf8")).split("\n");
    await writeFile(file, lines.filter((line) => !line.includes("controller-a")).join("\n"));
    // A proxy ends the sessions of a key that is revoked. Killed, ssh leaves its socket, by which one begins ahead.
    for (const pid of processesThatName("[mux]").filter(isOurs)) process.kill(pid, "SIGKILL");
    const ahead = await reached.warren(...HELLO);
    await cold();
    const without = await reached.warren(...HELLO);
    await writeFile(file, lines.join("\n"));
    expect(ahead).toMatchObject({ status: 3, stdout: "" });
    expect(ahead.stderr).toMatch(
      /^warren: proxy does not answer: hula@127\.0\.0\.1: Permission denied \(publickey\)\.\nhint: .*warren explain/m,
    );
    // The session may have said something too.
    expect(ahead.status).toBe(without.status);
    expect(ahead.stderr.endsWith(without.stderr)).toBe(true);
    await nobodyIsLeft();
  });

  const isOurs = (pid: number) => processesThatName(reached.realm.folder).includes(pid);
  const start = (seconds: string): ChildProcess =>
    spawn(process.execPath, [WARREN, "connect", "333", "--", "sleep", seconds], {
      env: reached.env,
      stdio: "ignore",
    });
  const isSsh = (pid: number) => processesThatName("ssh_config").includes(pid);
  const isOnDevice = (pid: number) => processesThatName("/bin/sh").includes(pid);
});
