import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { SshTunnel } from "../../adapters/openssh/tunnel.ts";
import { printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { type SandboxDevice, startDevice } from "../../sandbox/devices/device.ts";
import { id } from "../made/access.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { CONTROLLER, type ControllerAccount, controllerAccount, WARREN } from "./controller-account.ts";
import { directoryFiles, hulaDirectory } from "./hula-directory.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import { canHost, freePorts } from "./stock-host.ts";
import type { StockProxy } from "./stock-proxy.ts";

const DEVICE = "333.hula.atlas";
const SECRET = "3132333435363738393031323334353637383930";
const hasOath = ["/lib", "/usr/lib"].some(
  (lib) => spawnSync("sh", ["-c", `ls ${lib}/*/security/pam_oath.so`]).status === 0,
);
const canAskCodes = canHost() && hasOath && existsSync("/usr/bin/oathtool");

(canAskCodes ? describe : describe.skip)("a proxy that asks for a one-time password behind the key", () => {
  let folder: string;
  let proxy: StockProxy;
  let device: SandboxDevice;
  let tunnel: SshTunnel;
  let behind: Server;
  let account: ControllerAccount;
  let config: string;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    const file = (name: string) => join(folder, name);
    const [deviceKey, controllerKey] = await Promise.all([keyOf(folder, DEVICE), keyOf(folder, CONTROLLER)]);
    const signer = await makeKey(file("signer"));
    const [port = 0] = await freePorts(1);
    device = await startDevice({ id: DEVICE, folder: file("333"), accounts: ["atlas"] });
    await writeFile(device.authorizedKeys.atlas ?? "", controllerKey.line);
    proxy = await startPreparedProxy({
      systems: ["hula"],
      options: ["--one-time-passwords"],
      files: new Map(),
      prepare: (made) => made.put("/etc/warren/oath", `HOTP/T30/6 hula - ${SECRET}\n`, 0o600),
    });
    const pinned = { host: "127.0.0.1", port: proxy.port, hostKeys: [proxy.hostKey] };
    const directory = hulaDirectory(pinned, {
      login: ["atlas"],
      devices: { 333: { port, hostKeys: [device.hostKey] } },
      controllers: { "controller-a": { keys: [{ key: controllerKey.line }] } },
    });
    const grants = printAuthorizedKeys([
      { role: "device", computer: id(DEVICE), key: deviceKey, port },
      { role: "controller", computer: id(CONTROLLER), key: controllerKey, opens: [port] },
    ]);
    await proxy.switchTo(
      new Map([["authorized_keys/hula", grants], ...(await directoryFiles(directory, file("signer")))]),
    );
    const args = await sshArgs(folder, DEVICE, proxy);
    tunnel = new SshTunnel({ sshd: device, sshTo: async () => args, controlPath: file("sock") });
    await tunnel.open({ proxy: pinned, port });

    // Each question is a line in a file; the answer is the code of this moment.
    const answer = `#!/bin/sh\necho "$1" >> ${file("asked")}\noathtool --totp ${SECRET}\n`;
    await writeFile(file("askpass"), answer, { mode: 0o755 });
    account = await controllerAccount({
      folder,
      identity: file(CONTROLLER),
      proxy: pinned,
      signers: [signer],
      env: { SSH_ASKPASS: file("askpass"), SSH_ASKPASS_REQUIRE: "force" },
    });
    config = file("printed");
    behind = createServer((_, response) => response.end("from behind")).listen(0, "127.0.0.1");
    await once(behind, "listening");
  }, 60_000);
  beforeEach(async () => {
    // A code that was used is of no use again.
    await proxy.put("/etc/warren/oath", `HOTP/T30/6 hula - ${SECRET}\n`, 0o600);
    await writeFile(join(folder, "asked"), "");
  });
  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGINT");
      await once(child, "exit");
    }
    await run("ssh", ["-F", config, "-O", "exit", "_proxy.hula.atlas"], { timeout: 5_000 });
  });
  afterAll(async () => {
    behind?.close();
    await tunnel?.close();
    await Promise.all([device?.close(), proxy?.stop()]);
    await rm(folder, { recursive: true });
  });

  const questions = async (): Promise<number> =>
    (await readFile(join(folder, "asked"), "utf8")).split("\n").length - 1;
  const ssh = (...args: readonly string[]): Promise<Ended> =>
    run("ssh", ["-F", config, ...args], { timeout: 15_000, env: { ...account.env } });
  /** Starts one that goes on; resolves once it says so. */
  const going = async (says: string, ...words: readonly string[]): Promise<void> => {
    const child = account.start(...words);
    started.push(child);
    let said = "";
    for await (const chunk of child.stderr ?? []) {
      said += String(chunk);
      if (said.includes(says)) return;
    }
    throw new Error(`ended without saying ${says}: ${said}`);
  };

  it("asks once for ten connections, whatever program makes them", async () => {
    const { stdout } = await account.warren("ssh-config");
    await writeFile(config, stdout);
    const [forwarded = 0, socks = 0, background = 0] = await freePorts(3);
    const to = `localhost:${(behind.address() as AddressInfo).port}`;
    const hello = { status: 0, stdout: expect.stringContaining("hello") };
    expect(await account.warren("connect", "333", "--", "echo", "hello")).toMatchObject(hello);
    expect(await account.warren("connect", "atlas@333", "--", "echo", "hello")).toMatchObject(hello);
    expect(await account.warren("exec", "333", "--", "echo", "hello")).toMatchObject(hello);
    expect(await account.warren("exec", "hula", "--", "echo", "hello")).toMatchObject(hello);
    expect(await ssh(DEVICE, "echo hello")).toMatchObject(hello);
    expect(await ssh(`atlas@${DEVICE}`, "echo hello")).toMatchObject(hello);
    expect(await account.warren("list")).toMatchObject({ status: 0 });
    await going("leads to", "forward", "333", `${forwarded}:${to}`);
    await going("is a SOCKS proxy", "socks", "333", String(socks));
    const behindIt = await account.warren("forward", "333", `${background}:${to}`, "--background");
    expect(behindIt).toMatchObject({ status: 0 });
    for (const port of [forwarded, background]) {
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("from behind");
    }
    expect(await account.warren("forward", "--stop", String(background))).toMatchObject({ status: 0 });
    expect(await questions()).toBe(1);
  }, 60_000);

  it("asks once for ten that come at the same moment", async () => {
    const ten = Array.from({ length: 10 }, () => account.warren("connect", "333", "--", "echo", "hello"));
    for (const ended of await Promise.all(ten)) expect(ended).toMatchObject({ status: 0, stdout: "hello\n" });
    expect(await questions()).toBe(1);
  }, 60_000);

  it("is typed at a terminal", async () => {
    const code = (await run("oathtool", ["--totp", SECRET], { timeout: 5_000 })).stdout;
    const { SSH_ASKPASS: _, SSH_ASKPASS_REQUIRE: __, ...env } = account.env;
    const words = `'${process.execPath}' '${WARREN}' connect 333 -- echo hello`;
    const terminal = spawn("script", ["-qec", words, "/dev/null"], {
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    for await (const chunk of terminal.stdout) {
      const before = shown;
      shown += String(chunk);
      if (!before.includes("One-time password") && shown.includes("One-time password")) {
        terminal.stdin.write(code);
      }
    }
    expect(shown).toMatch(/One-time password.*hello\r\n/s);
  }, 30_000);

  it("says what to do where nobody is there to type", async () => {
    const { SSH_ASKPASS: _, SSH_ASKPASS_REQUIRE: __, ...env } = account.env;
    // A session of its own has no terminal, even where these tests have one.
    const alone = ["setsid", "--wait", process.execPath, WARREN, "connect", "333", "--", "true"];
    const [program = "", ...args] = alone;
    const ended = await run(program, args, { timeout: 15_000, env });
    expect(ended).toMatchObject({
      status: 3,
      stderr:
        "warren: proxy asks for a one-time password, and nobody is here to type it\n" +
        "hint: run warren list at a terminal; what follows within a minute shares its connection\n",
    });
  });
});
