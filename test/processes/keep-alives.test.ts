import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { id } from "../made/access.ts";
import { LONG } from "../made/long.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import { canHost, freeRange } from "./stock-host.ts";
import type { StockProxy } from "./stock-proxy.ts";

const NAME = "333.hula.atlas";
/** Debian 12's sshd asks every 2 × ClientAliveInterval; see docs/proxy.md. */
const FREE_WITHIN = 60_000;

(canHost() && LONG ? describe : describe.skip)("a proxy whose client has vanished", () => {
  let folder: string;
  let proxy: StockProxy;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    port = await freeRange(1);
    const device: KeyGrant = { role: "device", computer: id(NAME), key: await keyOf(folder, NAME), port };
    const files = new Map([["authorized_keys/hula", printAuthorizedKeys([device])]]);
    proxy = await startPreparedProxy({ systems: ["hula"], files });
  }, 60_000);
  afterAll(async () => {
    await proxy?.stop();
    await rm(folder, { recursive: true });
  });

  it("has its port free again within a minute", async () => {
    const forward = ["-N", "-R", `127.0.0.1:${port}:127.0.0.1:9`];
    const ssh = spawn("ssh", [...forward, ...(await sshArgs(folder, NAME, proxy))], { stdio: "ignore" });
    const gone = once(ssh, "exit");
    while (!(await isHeld(port))) await pause(50);
    // Its kernel still answers for it: nothing but the silence of ssh tells.
    ssh.kill("SIGSTOP");
    const began = performance.now();
    while (await isHeld(port)) {
      if (performance.now() - began > FREE_WITHIN + 10_000) break;
      await pause(250);
    }
    const took = performance.now() - began;
    ssh.kill("SIGKILL");
    await gone;
    console.log(`the port was free after ${Math.round(took / 1000)} s`);
    expect(took).toBeLessThan(FREE_WITHIN);
    expect(took).toBeGreaterThan(5_000);
  }, 120_000);
});

/** Asks the kernel, for a connection would be traffic in the tunnel. The port is listened on at 127.0.0.1. */
async function isHeld(port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return (await readFile("/proc/net/tcp", "utf8")).includes(` 0100007F:${hex} 00000000:0000 0A `);
}
