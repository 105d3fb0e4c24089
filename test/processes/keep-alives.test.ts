import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { SWEEP_EVERY } from "../../core/proxy-host/texts.ts";
import { id } from "../made/access.ts";
import { LONG } from "../made/long.ts";
import { keyOf, sshArgs } from "./clients.ts";
import { canMakePlaces, cut, Place, Switch } from "./place.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import { canHost, freeRange } from "./stock-host.ts";
import type { StockProxy } from "./stock-proxy.ts";

const NAME = "333.hula.atlas";
/** What docs/faults.md promises. */
const FREE_WITHIN = 45_000;

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

  it("has its port free again within 45 s", async () => {
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

const PROXY = "10.9.1.1";

(canHost() && canMakePlaces() && LONG ? describe : describe.skip)("a proxy whose device has vanished", () => {
  const places: Place[] = [];
  let folder: string;
  let proxy: StockProxy;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  });
  afterAll(async () => {
    await proxy?.stop();
    await Promise.all(places.map((place) => place.stop()));
    await rm(folder, { recursive: true });
  });

  it("has its port free again though somebody knocks there all the time, and keeps those that live", async () => {
    const hub = await Switch.make("10.9.1.9");
    const [host, gone, lives] = [await Place.make(), await Place.make(), await Place.make()];
    places.push(hub.place, host, gone, lives);
    await hub.wire(host, PROXY);
    await hub.wire(gone, "10.9.1.2");
    await hub.wire(lives, "10.9.1.3");
    const devices = [
      { name: "1.hula.atlas", port: 61_001, place: gone },
      { name: "2.hula.atlas", port: 61_002, place: lives },
    ];
    const grants: KeyGrant[] = [];
    for (const { name, port } of devices)
      grants.push({ role: "device", computer: id(name), key: await keyOf(folder, name), port });
    const files = new Map([["authorized_keys/hula", printAuthorizedKeys(grants)]]);
    proxy = await startPreparedProxy({ systems: ["hula"], files, network: () => host.network });
    for (const { name, port, place } of devices) {
      const to = (await sshArgs(folder, name, proxy, PROXY)).map(String);
      place.start(["ssh", "-N", "-R", `127.0.0.1:${port}:127.0.0.1:9`, ...to]);
    }
    const listens = async (port: number) => (await host.must("ss", "-Hltn", `sport = :${port}`)) !== "";
    while (!(await listens(61_001)) || !(await listens(61_002))) await pause(100);

    await cut(gone);
    let ended = "";
    const began = performance.now();
    while ((await listens(61_001)) && performance.now() - began < FREE_WITHIN) {
      for (const { port } of devices)
        await host.run(["timeout", "1", "bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3`]);
      // As the timer does, if oftener.
      ended += await proxy.must(["/etc/warren/session", "sweep"]);
    }
    expect(ended).toBe("1.hula.atlas hula silent\n");
    const took = performance.now() - began;
    console.log(`the port was free after ${Math.round(took / 1000)} s`);
    expect(took).toBeLessThan(FREE_WITHIN - SWEEP_EVERY * 1000);
    expect(took).toBeGreaterThan(20_000);
    expect(await listens(61_002)).toBe(true);
  }, 180_000);
});

/** Asks the kernel, for a connection would be traffic in the tunnel. The port is listened on at 127.0.0.1. */
async function isHeld(port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return (await readFile("/proc/net/tcp", "utf8")).includes(` 0100007F:${hex} 00000000:0000 0A `);
}
