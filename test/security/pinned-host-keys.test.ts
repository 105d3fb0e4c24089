import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { SshProxies } from "../../adapters/proxy/exchange.ts";
import { knownHosts, type PinnedProxy, sshConfig, sshToProxy } from "../../core/computer/ssh-config.ts";
import type { ProxyHost } from "../../core/realm/realm.ts";
import { good, madeRealm } from "../made/access.ts";
import { idOf, type SmallRealm, startSmallRealm } from "../processes/small-realm.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CHANGED = /Host key verification failed/;

let realm: SmallRealm;
beforeAll(async () => {
  realm = await startSmallRealm();
});
afterAll(() => realm.close());

/** As a computer pins it; the one in between has a key of its own. */
const proxyWith = (key: string): PinnedProxy => ({ ...realm.proxy, hostKeys: [key] });

describe("someone between, who poses as the proxy", () => {
  const asks = async (key: string, computer: string, identity: string) => {
    const id = idOf(computer);
    const files = { identity: join(realm.folder, identity), knownHosts: join(realm.folder, "pins") };
    await writeFile(files.knownHosts, knownHosts(id, proxyWith(key)));
    return run("ssh", [...good(sshToProxy(id, proxyWith(key), files)), "whoami"], { timeout: 10_000 });
  };

  it.each([
    ["333.hula.atlas", "identity"],
    ["controller-a.hula.atlas", "controller"],
  ])("is refused by %s", async (computer, identity) => {
    expect(await asks(realm.proxyKey, computer, identity)).toMatchObject({ status: 0, stdout: "hula\n" });
    const posing = await asks(realm.signer, computer, identity);
    expect(posing).toMatchObject({ status: 255, stdout: "", stderr: expect.stringMatching(CHANGED) });
  });

  it("is refused by the sync, and sees nothing of what it would have been sent", async () => {
    const [eu] = madeRealm([]).proxies;
    if (eu === undefined) throw new Error("no proxy");
    const posing: ProxyHost = { ...eu, host: realm.proxy.host, port: realm.proxy.port };
    let asked = false;
    const exchange = new SshProxies(join(realm.folder, "sync")).exchange(posing, async () => {
      asked = true;
      return undefined;
    });
    await expect(exchange).rejects.toMatchObject({ code: "unavailable" });
    expect(asked).toBe(false);
  });
});

describe("someone between, who poses as a device", () => {
  it("is refused by the controller's ssh", async () => {
    const id = idOf("controller-a.hula.atlas");
    const key = realm.directory.controllers["controller-a"]?.keys[0]?.key ?? "";
    await writeFile(realm.device.authorizedKeys.atlas ?? "", `${key}\n`);
    const files = {
      identity: join(realm.folder, "controller"),
      knownHosts: join(realm.folder, "pins-device"),
    };
    const config = join(realm.folder, "config");
    const reaches = async (hostKey: string) => {
      const devices = { 333: { port: realm.device.port, hostKeys: [hostKey] } };
      const directory = { ...realm.directory, devices };
      await writeFile(files.knownHosts, knownHosts(id, proxyWith(realm.proxyKey), directory));
      // Straight to the device: this is about its own hop.
      const text = good(sshConfig({ id, proxy: proxyWith(realm.proxyKey), directory, files }));
      await writeFile(config, text.replace(/^ {2}ProxyJump _proxy.*$/m, "  ProxyJump none"));
      return run("ssh", ["-F", config, "333.hula.atlas", "echo", "in"], { timeout: 10_000 });
    };
    expect(await reaches(realm.device.hostKey)).toMatchObject({ status: 0, stdout: "in\n" });
    expect(await reaches(realm.signer)).toMatchObject({
      status: 255,
      stderr: expect.stringMatching(CHANGED),
    });
  });
});

describe("every ssh that Warren starts or configures", () => {
  const LAX =
    /StrictHostKeyChecking[=\s"',]+(no|off|ask|accept-new)\b|UserKnownHostsFile[=\s"',]+\/dev\/null/i;

  it("checks host keys: no file turns that off", () => {
    const files = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" })
      .split("\0")
      .filter((file) => file !== "" && !file.startsWith("test/security/"));
    expect(files.length).toBeGreaterThan(100);
    const lax = files.filter((file) => LAX.test(readTracked(file)));
    expect(lax).toEqual([]);
  });

  it("would be seen, if it did not", () => {
    for (const text of [
      "-o StrictHostKeyChecking=no",
      '["StrictHostKeyChecking", "no"]',
      "StrictHostKeyChecking accept-new",
    ]) {
      expect(text).toMatch(LAX);
    }
    expect("StrictHostKeyChecking=yes").not.toMatch(LAX);
  });

  it("ships nothing that turns it off either", () => {
    const shipped = readdirSync(join(ROOT, "dist"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(m?js|sh)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    expect(shipped.length).toBeGreaterThan(0);
    expect(shipped.filter((file) => LAX.test(readFileSync(file, "utf8")))).toEqual([]);
  });
});

/** Empty where a file is deleted and not committed yet. */
function readTracked(file: string): string {
  try {
    return readFileSync(join(ROOT, file), "utf8");
  } catch {
    return "";
  }
}
