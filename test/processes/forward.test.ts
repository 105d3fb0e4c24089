import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { until } from "../made/running-sandbox.ts";
import { CONTROLLER } from "./controller-account.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";
import { hasSshd, startRealDevice } from "./real-device.ts";
import { freePorts } from "./stock-host.ts";

const curl = spawnSync("curl", ["--version"]).status === 0;

/** What the program has said so far, and a wait for more of it. */
function listen(child: ChildProcess) {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  return {
    said: () => said,
    heard: (words: string, times = 1) =>
      until(() => (said.split(words).length > times ? said : child.exitCode === null ? undefined : said)),
  };
}

(hasSshd() ? describe : describe.skip)("ports through a device whose SSH server is OpenSSH's", () => {
  let reached: ReachedDevice;
  let behind: Server;
  let behindPort: number;
  let here: number;
  const children: ChildProcess[] = [];

  const start = (...args: readonly string[]) => {
    const child = reached.start(...args);
    children.push(child);
    return { child, ...listen(child) };
  };
  const get = async (port: number) => (await fetch(`http://127.0.0.1:${port}/`)).text();

  beforeAll(async () => {
    reached = await reachDevice(startRealDevice);
    behind = createServer((_, response) => response.setHeader("connection", "close").end("from behind"));
    behind.listen(0, "127.0.0.1");
    await once(behind, "listening");
    behindPort = (behind.address() as AddressInfo).port;
  });
  beforeAll(async () => {
    [here = 0] = await freePorts(1);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGINT");
      await ended;
    }
  });
  afterAll(async () => {
    behind.close();
    await reached.close();
  });

  it("brings a port here, and takes it away again on Ctrl-C", async () => {
    const { child, heard } = start("forward", "333", `${here}:localhost:${behindPort}`);
    expect(await heard("leads to")).toBe(
      `warren: 127.0.0.1:${here} leads to localhost:${behindPort} as 333.hula.atlas sees it\n`,
    );
    expect(await get(here)).toBe("from behind");
    // A second way to the device at the same time.
    expect(await reached.warren("connect", "333", "--", "echo", "hello")).toMatchObject({
      stdout: "hello\n",
    });
    const ended = once(child, "exit");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    await expect(get(here)).rejects.toThrow();
  });

  it("brings several at once, one of them the other way", async () => {
    const [second = 0, there = 0] = await freePorts(2);
    const ways = [`${here}:localhost:${behindPort}`, `${second}:127.0.0.1:${behindPort}`];
    const { heard } = start("forward", "333", ...ways, "--remote", `${there}:localhost:${behindPort}`);
    await heard("leads to", 3);
    expect(await Promise.all([here, second, there].map(get))).toEqual(Array(3).fill("from behind"));
  });

  it("takes none of several ports where one is taken", async () => {
    const { status, stderr } = await reached.warren(
      "forward",
      "333",
      `${here}:localhost:80`,
      `${behindPort}:localhost:80`,
    );
    expect(stderr).toContain(`port ${behindPort} of 127.0.0.1 is held by`);
    expect(status).toBe(2);
    await expect(get(here)).rejects.toThrow();
  });

  it("comes back by itself when the tunnel breaks", async () => {
    const { heard, said } = start("forward", "333", `${here}:localhost:${behindPort}`);
    await heard("leads to");
    await reached.tunnelDown();
    await heard("trying again");
    await reached.tunnelUp();
    await heard("leads to", 2);
    expect(said()).toContain("trying again");
    expect(await get(here)).toBe("from behind");
  }, 30_000);

  it("comes back by nothing older than what another command has seen, whatever the proxy serves then", async () => {
    const { realm, env } = reached;
    const { directory } = realm;
    const { heard } = start("forward", "333", `${here}:localhost:${behindPort}`);
    await heard("leads to");
    const devices = { ...directory.devices, 334: { port: 61334, hostKeys: [realm.proxyKey] } };
    await realm.serve({ ...directory, sequence: directory.sequence + 1, devices });
    expect((await reached.warren("list")).stdout).toContain("334.hula.atlas");
    await realm.serve(directory);
    await reached.tunnelDown();
    await heard("trying again");
    await reached.tunnelUp();
    await heard("leads to", 2);
    const pins = join(env.XDG_CONFIG_HOME ?? "", "warren", CONTROLLER, "known_hosts");
    expect(await readFile(pins, "utf8")).toContain("334.hula.atlas");
    await realm.serve({ ...directory, sequence: directory.sequence + 2 });
  }, 30_000);

  it("says who holds a port that is taken", async () => {
    const holder = createTcpServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const { status, stderr } = await reached.warren("forward", "333", `${port}:localhost:80`);
    holder.close();
    expect(stderr).toContain(`port ${port} of 127.0.0.1 is held by`);
    if (spawnSync("ss", ["-V"]).status === 0) expect(stderr).toContain(`(process ${process.pid})`);
    expect(status).toBe(2);
  });

  it("goes on in the background under a saved name, is listed, and stops when told", async () => {
    const words = [`${here}:localhost:${behindPort}`, "--background", "--save", "web"];
    const started = await reached.warren("forward", "333", ...words);
    expect(started).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("forward --stop web ends it"),
    });
    expect(await get(here)).toBe("from behind");
    const listed = JSON.parse((await reached.warren("forward", "--list", "--json")).stdout);
    const forwards = [`-L 127.0.0.1:${here}:localhost:${behindPort}`];
    expect(listed).toEqual({
      running: [expect.objectContaining({ name: "web", computer: "333.hula.atlas", forwards, state: "up" })],
      saved: [{ name: "web", target: "333", forwards }],
    });
    expect(await reached.warren("forward", "web", "--name", "web")).toMatchObject({ status: 2 });
    expect(await reached.warren("forward", "--stop", "web")).toMatchObject({ status: 0, stderr: "" });
    await expect(get(here)).rejects.toThrow();
    expect(await reached.warren("forward", "--list")).toMatchObject({
      stdout: `web  saved  333  ${forwards[0]}\n`,
    });

    const { heard } = start("forward", "web");
    await heard("leads to");
    expect(await get(here)).toBe("from behind");
  }, 20_000);

  it("says in the foreground what failed in the background", async () => {
    const ended = await reached.warren("forward", "334", `${here}:localhost:80`, "--background");
    expect(ended).toMatchObject({
      status: 2,
      stderr: 'warren: no device "334" in hula.atlas\nhint: perhaps 333.hula.atlas\n',
    });
  });

  it("serves one connection, and ends with it", async () => {
    const { child, heard } = start("forward", "--once", "333", `${here}:localhost:${behindPort}`);
    await heard("for one connection");
    const ended = once(child, "exit");
    expect(await get(here)).toBe("from behind");
    expect(await ended).toEqual([0, null]);
  });

  it("says no more than twenty times a minute what the far end has ssh complain of", async () => {
    const [there = 0, nobody = 0] = await freePorts(2);
    const { heard, said } = start("forward", "333", "--remote", `${there}:localhost:${nobody}`);
    await heard("leads to");
    const complaints = () => said().split("failed").length - 1;
    for (let knocks = 0; knocks < 60; knocks += 1) await get(there).catch(() => undefined);
    await until(() => (complaints() >= 20 ? true : undefined));
    await heard("not shown for a minute");
    expect(complaints()).toBeLessThan(25);
  }, 30_000);

  it("leads the other way too", async () => {
    const { heard } = start("forward", "333", "--remote", `${here}:localhost:${behindPort}`);
    expect(await heard("leads to")).toContain("as seen from here");
    const words = `exec 3<>/dev/tcp/127.0.0.1/${here}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -1 <&3`;
    const { stdout } = await reached.warren("connect", "333", "--", `bash -c "${words}"`);
    expect(stdout).toContain("from behind");
  });

  it("ends where the device does not open a port, and says so", async () => {
    // On both families: stock sshd is content with [::1] where only 127.0.0.1 is taken.
    const holder = createTcpServer().listen(0);
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const ended = await reached.warren("forward", "333", "--remote", `${port}:localhost:80`);
    holder.close();
    expect(ended).toMatchObject({
      status: 3,
      stderr: expect.stringContaining(`333.hula.atlas opens no port ${port}`),
    });
  });

  it("passes on what ssh says of a host that does not answer", async () => {
    const [nobody = 0] = await freePorts(1);
    const { heard } = start("forward", "333", `${here}:localhost:${nobody}`);
    await heard("leads to");
    const socket = connect(here, "127.0.0.1").on("error", () => {});
    expect(await heard("Connection refused")).toContain("open failed");
    socket.destroy();
  });

  (curl ? it : it.skip)(
    "is a SOCKS proxy for curl, and names are looked up at the far end",
    async () => {
      const { heard } = start("socks", "333", String(here));
      await heard("is a SOCKS proxy through 333.hula.atlas");
      const url = `http://localhost:${behindPort}/`;
      const ended = await run("curl", ["-sS", "--max-time", "10", "-x", `socks5h://127.0.0.1:${here}`, url], {
        timeout: 15_000,
      });
      expect(ended).toMatchObject({ status: 0, stdout: "from behind" });
      // This name is one here for nobody: that the device was asked shows in whose error it is.
      const unknown = `http://no-such-host.invalid:${behindPort}/`;
      const args = ["-sS", "--max-time", "10", "-x", `socks5h://127.0.0.1:${here}`, unknown];
      expect((await run("curl", args, { timeout: 15_000 })).status).toBe(97);
    },
    20_000,
  );
});
