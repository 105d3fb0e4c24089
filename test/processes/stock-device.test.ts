import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import type { SandboxDevice } from "../../sandbox/devices/device.ts";
import { CONTROLLER } from "./controller-account.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";
import { startRealDevice } from "./real-device.ts";
import { PRINTER, startStockDevice } from "./stock-device.ts";
import { canHost, freePorts } from "./stock-host.ts";

const DEVICE = "333.hula.atlas";
const has = (program: string): boolean => spawnSync("which", [program], { stdio: "ignore" }).status === 0;
const where = (...programs: readonly string[]) => (programs.every(has) ? it : it.skip);

(canHost() ? describe : describe.skip)("programs that go by way of a device, a stock host", () => {
  let reached: ReachedDevice;
  let behind: Server;
  let config: string;
  let url: string;
  const sshds: SandboxDevice[] = [];

  beforeAll(async () => {
    reached = await reachDevice(startStockDevice);
    behind = createServer((_, response) => response.end("a page of the printer")).listen(0, "127.0.0.1");
    await once(behind, "listening");
    url = `http://${PRINTER}:${(behind.address() as AddressInfo).port}/`;
    config = join(reached.realm.folder, "printed");
    await writeFile(config, (await reached.warren("ssh-config")).stdout);
  }, 60_000);
  afterAll(async () => {
    behind.close();
    await Promise.all(sshds.map((sshd) => sshd.close()));
    await reached.close();
  });

  const by = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    run(program, args, { timeout: 15_000, env: { ...process.env, ...env } });
  /** One more SSH server of this machine, which lets the controller in. */
  const anotherSshd = async (name: string): Promise<SandboxDevice> => {
    const { folder } = reached.realm;
    const sshd = await startRealDevice(join(folder, name));
    const key = await readFile(join(folder, "controller.pub"));
    for (const path of Object.values(sshd.authorizedKeys)) await writeFile(path, key);
    return sshd;
  };
  const end = async (child: ChildProcess): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
  };

  describe("with warren socks", () => {
    let proxying: ChildProcess;
    let socks: number;
    const page = { status: 0, stdout: "a page of the printer" };

    beforeAll(async () => {
      [socks = 0] = await freePorts(1);
      proxying = reached.start("socks", "333", String(socks));
      for await (const chunk of proxying.stderr ?? []) if (String(chunk).includes("is a SOCKS proxy")) break;
    });
    afterAll(() => end(proxying));

    where("curl")("curl asks the device for names", async () => {
      const could = await by("curl", ["-sS", "--max-time", "10", "-x", `socks5h://127.0.0.1:${socks}`, url]);
      expect(could).toMatchObject(page);
      // Nobody here knows the name.
      expect(await by("curl", ["-sS", "--max-time", "10", url])).toMatchObject({ status: 6 });
    });

    where("curl", "proxychains4")("proxychains does so for programs that know of no proxy", async () => {
      const file = join(reached.realm.folder, "proxychains.conf");
      const chain = ["strict_chain", "proxy_dns", "[ProxyList]", `socks5 127.0.0.1 ${socks}`];
      await writeFile(file, `${chain.join("\n")}\n`);
      expect(await by("proxychains4", ["-q", "-f", file, "curl", "-sS", url])).toMatchObject(page);
    });
  });

  it("ssh -J goes on to a host that only the device can name", async () => {
    const { folder } = reached.realm;
    const printer = await anotherSshd("printer");
    sshds.push(printer);
    const known = join(folder, "known-printer");
    await writeFile(known, `[${PRINTER}]:${printer.port} ${printer.hostKey}\n`);
    const own = ["-o", `UserKnownHostsFile=${known}`, "-o", `IdentityFile=${join(folder, "controller")}`];
    const to = ["-p", String(printer.port), `${userInfo().username}@${PRINTER}`];
    const ended = await by("ssh", ["-F", config, ...own, "-J", DEVICE, ...to, "echo $SSH_CONNECTION"]);
    expect(ended).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(`^127.0.0.1 \\d+ 127.0.0.1 ${printer.port}\n$`),
    });
  });

  where(
    "Xvfb",
    "xauth",
    "xdpyinfo",
  )("X11's programs show here what runs there", async () => {
    const { folder } = reached.realm;
    const authority = join(folder, "Xauthority");
    const cookie = "0123456789abcdef0123456789abcdef";
    await writeFile(authority, "");
    await by("xauth", ["-f", authority, "add", ":0", ".", cookie]);
    const server = spawn("Xvfb", ["-displayfd", "3", "-nolisten", "tcp", "-auth", authority], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    try {
      const [number] = await once(createInterface({ input: server.stdio[3] as Readable }), "line");
      await by("xauth", ["-f", authority, "add", `:${number}`, ".", cookie]);
      const env = { DISPLAY: `:${number}`, XAUTHORITY: authority };
      for (const asked of ["-X", "-Y"]) {
        const { stdout, stderr } = await by("ssh", ["-F", config, asked, DEVICE, "xdpyinfo"], env);
        expect(`${stdout}${stderr}`).toMatch(
          /^name of display: +localhost:\d+\.0\nversion number: +11\.0\n/m,
        );
      }
      // Not asked for, there is none: a device must not look over its admin's shoulder.
      expect(await by("ssh", ["-F", config, DEVICE, "xdpyinfo"], env)).toMatchObject({ status: 1 });
    } finally {
      await end(server);
    }
  });

  where("cvs")("cvs checks out and commits", async () => {
    const { folder } = reached.realm;
    const shell = join(folder, "ssh-by-config");
    await writeFile(shell, `#!/bin/sh\nexec ssh -F '${config}' "$@"\n`, { mode: 0o755 });
    const work = join(folder, "cvs-work");
    await mkdir(work);
    const cvs = (folder: string, ...args: readonly string[]) =>
      by("env", ["-C", folder, "cvs", "-d", ":ext:333.hula.atlas:/home/atlas/cvs", ...args], {
        CVS_RSH: shell,
        HOME: folder,
      });
    const done = { status: 0 };
    expect(await cvs(work, "init")).toMatchObject(done);
    expect(await cvs(work, "-q", "checkout", "CVSROOT")).toMatchObject(done);
    await writeFile(join(work, "CVSROOT/modules"), "boat boat\n");
    expect(await cvs(join(work, "CVSROOT"), "-q", "commit", "-m", "a boat", "modules")).toMatchObject(done);
    expect(await cvs(work, "-q", "checkout", "-p", "CVSROOT/modules")).toMatchObject({
      stdout: "boat boat\n",
    });
  });

  it("the way to the proxy itself may lead over another host", async () => {
    const { folder } = reached.realm;
    const hop = await anotherSshd("hop");
    const known = join(folder, "known-hop");
    await writeFile(known, `hop ${hop.hostKey}\n`);
    const own = [
      "Host _proxy.hula.atlas",
      "  ProxyJump hop",
      "Host hop",
      "  HostName 127.0.0.1",
      `  Port ${hop.port}`,
      `  User ${userInfo().username}`,
      "  HostKeyAlias hop",
      `  UserKnownHostsFile ${known}`,
      `  IdentityFile ${join(folder, "controller")}`,
    ];
    await writeFile(join(folder, "config/warren", CONTROLLER, "ssh_own"), `${own.join("\n")}\n`, {
      mode: 0o600,
    });
    const forget = async () => {
      await reached.warren("disconnect", "333");
      await by("ssh", ["-F", config, "-O", "exit", "_proxy.hula.atlas"]);
    };
    await forget();
    const hello = { status: 0, stdout: "hello\n" };
    expect(await reached.warren("connect", "333", "--", "echo", "hello")).toMatchObject(hello);
    await forget();
    expect(await by("ssh", ["-F", config, DEVICE, "echo", "hello"])).toMatchObject(hello);
    await forget();
    const doctor = async () => (await reached.warren("doctor")).stdout;
    expect(await doctor()).toContain("the proxy serves the signed directory");
    // It was the only way.
    await hop.close();
    expect(await reached.warren("connect", "333", "--", "echo", "hello")).toMatchObject({ status: 3 });
    expect(await doctor()).not.toContain("the proxy serves the signed directory");
  }, 40_000);
});
