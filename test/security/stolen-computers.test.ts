import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { run } from "../../adapters/openssh/run.ts";
import { printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { good } from "../made/access.ts";
import { idOf, type SmallRealm, startSmallRealm, TUNNEL_PORT } from "../processes/small-realm.ts";

/** A device of another system, and its port. */
const FOREIGN = { id: "boat.tern.atlas", port: 62000 };

let realm: SmallRealm;
let greeter: Server;
beforeAll(async () => {
  realm = await startSmallRealm();
  const key = good(readKeyLine(await makeKey(join(realm.folder, "boat"))));
  await writeFile(
    join(realm.folder, "root/etc/warren/current/authorized_keys/tern"),
    printAuthorizedKeys([{ role: "device", computer: idOf(FOREIGN.id), key, port: FOREIGN.port }]),
  );
  await writeFile(join(realm.folder, "pins"), `[127.0.0.1]:${realm.proxy.port} ${realm.proxyKey}\n`);
  greeter = createServer((socket) => socket.end("hello\n")).listen(0, "127.0.0.1");
  await once(greeter, "listening");
});
afterAll(async () => {
  greeter.close();
  await realm.close();
});

/** The thief's own ssh, with nothing but the stolen key. */
const args = (key: string, account: string, ...more: readonly string[]) => [
  ...["-F", "none", "-T", "-i", join(realm.folder, key), "-p", String(realm.proxy.port)],
  ...["BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "ExitOnForwardFailure=yes"].flatMap(
    (option) => ["-o", option],
  ),
  ...["-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${join(realm.folder, "pins")}`],
  ...more,
  `${account}@127.0.0.1`,
];
const ssh = (key: string, account: string, ...command: readonly string[]) =>
  run("ssh", [...args(key, account), ...command], { timeout: 10_000 });
const opens = async (key: string, account: string, target: string): Promise<string> =>
  (await run("ssh", args(key, account, "-W", target), { timeout: 10_000 })).stdout;

/** Ends as soon as the proxy has answered. */
async function listens(key: string, account: string, at: string): Promise<boolean> {
  const { port } = greeter.address() as AddressInfo;
  const child = spawn("ssh", args(key, account, "-v", "-N", "-R", `${at}:127.0.0.1:${port}`), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  let log = "";
  for await (const chunk of child.stderr) {
    log += String(chunk);
    if (log.includes("remote forward success")) break;
  }
  child.kill();
  await ended;
  return log.includes("remote forward success");
}

/** Somebody else's tunnel that is up while `work` goes on. */
async function whileUp(key: string, account: string, port: number, work: () => Promise<void>): Promise<void> {
  const { port: target } = greeter.address() as AddressInfo;
  const forward = `127.0.0.1:${port}:127.0.0.1:${target}`;
  const child = spawn("ssh", args(key, account, "-v", "-N", "-R", forward), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  try {
    await new Promise<void>((resolve, reject) => {
      child.stderr.on("data", (data) => String(data).includes("remote forward success") && resolve());
      child.once("exit", () => reject(new Error("the tunnel did not come up")));
    });
    await work();
  } finally {
    child.kill();
    await ended;
  }
}

describe("a stolen device", () => {
  it("may listen on its own port: the tests below can fail", async () => {
    expect(await listens("identity", "hula", `127.0.0.1:${TUNNEL_PORT}`)).toBe(true);
  });

  it.each([
    ["another's port", `127.0.0.1:${TUNNEL_PORT + 1}`],
    ["another system's port", `127.0.0.1:${FOREIGN.port}`],
    ["its port for all the world", `0.0.0.0:${TUNNEL_PORT}`],
    ["its port under another name", `localhost:${TUNNEL_PORT}`],
    ["whatever is free", "127.0.0.1:0"],
    ["a port of the system's own", "127.0.0.1:22"],
  ])("listens not on %s", async (_what, at) => {
    expect(await listens("identity", "hula", at)).toBe(false);
  });

  it("reaches no other system's device, and none of the proxy's own services", async () => {
    await whileUp("boat", "tern", FOREIGN.port, async () => {
      expect(await opens("boat", "tern", `127.0.0.1:${FOREIGN.port}`)).toBe("hello\n");
      expect(await opens("identity", "hula", `127.0.0.1:${FOREIGN.port}`)).toBe("");
    });
    expect(await opens("identity", "hula", `127.0.0.1:${realm.proxy.port}`)).toBe("");
  });

  it("gets no shell, no program and no file transfer", async () => {
    for (const command of [
      "sh",
      "id",
      "/bin/sh -i",
      "whoami; id",
      "$(id)",
      "scp -f /etc/passwd",
      "sftp-server",
    ]) {
      const { status, stdout } = await ssh("identity", "hula", command);
      expect({ command, status, stdout }).toEqual({ command, status: 1, stdout: "" });
    }
    expect((await run("ssh", args("identity", "hula", "-s"), { timeout: 10_000 })).stdout).toBe("");
  });

  it("logs in to no other system's account", async () => {
    expect((await ssh("identity", "hula", "whoami")).stdout).toBe("hula\n");
    for (const account of ["tern", "root", "warren-sync"]) {
      expect((await ssh("identity", account, "whoami")).status).toBe(255);
    }
  });
});

describe("a stolen controller", () => {
  it("reaches its own system's devices and no other's", async () => {
    await whileUp("identity", "hula", TUNNEL_PORT, async () => {
      expect(await opens("controller", "hula", `127.0.0.1:${TUNNEL_PORT}`)).toBe("hello\n");
    });
    await whileUp("boat", "tern", FOREIGN.port, async () => {
      expect(await opens("controller", "hula", `127.0.0.1:${FOREIGN.port}`)).toBe("");
    });
    for (const target of [
      `127.0.0.1:${realm.proxy.port}`,
      `localhost:${TUNNEL_PORT}`,
      "169.254.169.254:80",
    ]) {
      expect(await opens("controller", "hula", target)).toBe("");
    }
  });

  it("listens on nothing, so that it poses as no device", async () => {
    for (const at of [`127.0.0.1:${TUNNEL_PORT}`, "127.0.0.1:0", "none:1"]) {
      expect(await listens("controller", "hula", at)).toBe(false);
    }
  });

  it("gets no shell, and no other account", async () => {
    expect(await ssh("controller", "hula", "sh")).toMatchObject({ status: 1, stdout: "" });
    expect((await ssh("controller", "tern", "whoami")).status).toBe(255);
  });
});

describe("somebody on the proxy's loopback", () => {
  it("gets into a device only with a key that the device lets in", async () => {
    const { device, folder } = realm;
    await writeFile(join(folder, "device-pins"), `[127.0.0.1]:${device.port} ${device.hostKey}\n`);
    const toDevice = (key: string) => [
      ...["-F", "none", "-T", "-i", join(folder, key), "-p", String(device.port), "-o", "BatchMode=yes"],
      ...["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "StrictHostKeyChecking=yes"],
      ...["-o", `UserKnownHostsFile=${join(folder, "device-pins")}`, "atlas@127.0.0.1", "echo", "in"],
    ];
    await writeFile(
      device.authorizedKeys.atlas ?? "",
      `${realm.directory.controllers["controller-a"]?.keys[0]?.key}\n`,
    );
    for (const key of ["identity", "boat", "proxy", "sync"]) {
      expect(await run("ssh", toDevice(key), { timeout: 10_000 })).toMatchObject({ status: 255, stdout: "" });
    }
    expect((await run("ssh", toDevice("controller"), { timeout: 10_000 })).stdout).toBe("in\n");
  });
});
