import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { hasPulse } from "../../adapters/openssh/pulse.ts";
import { SshTunnel } from "../../adapters/openssh/tunnel.ts";
import { knownHosts, type PinnedProxy, proxyAlias, sshToProxy } from "../../core/computer/ssh-config.ts";
import type { TunnelTarget } from "../../core/ports/tunnel.ts";
import { idOf, type SmallRealm, startSmallRealm, TUNNEL_PORT } from "./small-realm.ts";

const id = idOf("333.hula.atlas");

describe("a device's tunnel, by the system's own ssh", () => {
  let realm: SmallRealm;
  let tunnel: SshTunnel;
  let target: TunnelTarget;

  const sshTo = async (proxy: PinnedProxy, identity = "identity"): Promise<readonly string[]> => {
    const files = { identity: join(realm.folder, identity), knownHosts: join(realm.folder, "known_hosts") };
    await writeFile(files.knownHosts, knownHosts(id, proxy));
    const args = sshToProxy(id, proxy, files);
    if (!args.ok) throw new Error(args.problem);
    return args.value;
  };
  const makeTunnel = (name = "sock", sshd: { host: string; port: number } = realm.device): SshTunnel =>
    new SshTunnel({ sshd, sshTo, controlPath: join(realm.folder, name) });
  /** A connection to the device, through the proxy, as a controller. */
  const reach = async (): Promise<ChildProcess> =>
    spawn("ssh", ["-W", `127.0.0.1:${TUNNEL_PORT}`, ...(await sshTo(target.proxy, "controller"))]);

  beforeAll(async () => {
    realm = await startSmallRealm();
    const { host, port } = realm.proxy;
    target = { proxy: { host, port, hostKeys: [realm.proxyKey] }, port: TUNNEL_PORT };
    tunnel = makeTunnel();
  });
  afterEach(() => tunnel.close());
  afterAll(() => realm.close());

  it("opens, and only then is there for controllers; closed, it is gone", async () => {
    await tunnel.open(target);
    const controller = await reach();
    if (controller.stdout === null) throw new Error("no stdout");
    const [line] = await once(createInterface({ input: controller.stdout }), "line");
    expect(line).toBe("SSH-2.0-WarrenSandbox_333.hula.atlas");
    controller.kill();

    await tunnel.close();
    const late = await reach();
    expect(await once(late, "exit")).toEqual([255, null]);
  });

  it("tells whether a connection lives in it", async () => {
    await tunnel.open(target);
    await until(async () => !(await tunnel.busy()));
    const controller = await reach();
    await until(() => tunnel.busy());
    controller.kill();
    await until(async () => !(await tunnel.busy()));
    expect(await tunnel.busy()).toBe(false);
  });

  it("lends its connection to who waits for its login: no second login", async () => {
    const opening = tunnel.open(target);
    await tunnel.loggedIn();
    const lent = [
      "-S",
      join(realm.folder, "sock"),
      "-o",
      "ProxyCommand=false",
      ...(await sshTo(target.proxy)),
    ];
    expect(await new SshDesk(lent).ask("whoami")).toBe("hula\n");
    await opening;
  });

  it("keeps nobody waiting for a login that fails", async () => {
    const opening = tunnel.open({ ...target, proxy: { ...target.proxy, port: 1 } });
    await tunnel.loggedIn();
    await expect(opening).rejects.toMatchObject({ code: "unavailable" });
    await expect(tunnel.loggedIn()).resolves.toBeUndefined();
  });

  it("is refused where an older tunnel holds the port, and opens once that is gone", async () => {
    const older = makeTunnel("older");
    await older.open(target);
    await expect(tunnel.open(target)).rejects.toMatchObject({ name: "Failure", code: "refused" });
    await older.close();
    await expect(tunnel.open(target)).resolves.toBeUndefined();
  });

  it("gets its port from its own older tunnel by asking for its release", async () => {
    const older = makeTunnel("older");
    await older.open(target);
    const down = new Promise<string>((resolve) => older.onDown(resolve));
    await new SshDesk(await sshTo(target.proxy)).ask("release");
    await expect(tunnel.open(target)).resolves.toBeUndefined();
    await down;
  });

  it("is refused a port that is not the device's own", async () => {
    const other = { ...target, port: TUNNEL_PORT + 1 };
    await expect(tunnel.open(other)).rejects.toMatchObject({ code: "refused" });
  });

  it("does not open to a proxy with another host key", async () => {
    const posing = { ...target, proxy: { ...target.proxy, hostKeys: [realm.signer] } };
    await expect(tunnel.open(posing)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("Host key verification failed"),
    });
  });

  it("does not open while the device's own SSH server is away", async () => {
    const away = makeTunnel("away", { host: "127.0.0.1", port: 1 });
    await expect(away.open(target)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("ssh server of this device"),
    });
    expect(sshProcesses(realm.folder)).toEqual([]);
  });

  it("tells when it goes down by itself", async () => {
    await tunnel.open(target);
    const down = new Promise<string>((resolve) => tunnel.onDown(resolve));
    const [pid] = sshProcesses(realm.folder);
    process.kill(pid ?? Number.NaN, "SIGKILL");
    expect(await down).toContain("SIGKILL");
    await tunnel.open(target);
  });

  it("gives up an opening that is closed before its ssh has started", async () => {
    const given = expect(tunnel.open(target)).rejects.toMatchObject({ name: "Failure" });
    await tunnel.close();
    await given;
    expect(sshProcesses(realm.folder)).toEqual([]);
  });

  it("tells a client that answers from one that is stopped", async () => {
    await tunnel.open(target);
    const [pid = Number.NaN] = sshProcesses(realm.folder);
    const socket = join(realm.folder, "sock");
    expect(await hasPulse(socket, 5_000)).toBe(true);
    process.kill(pid, "SIGSTOP");
    expect(await hasPulse(socket, 300)).toBe(false);
    process.kill(pid, "SIGCONT");
    await tunnel.close();
    expect(await hasPulse(socket, 5_000)).toBe(false);
  });

  it("gives up an opening when it is closed", async () => {
    const given = expect(tunnel.open(target)).rejects.toMatchObject({ name: "Failure" });
    await until(async () => sshProcesses(realm.folder).length > 0);
    await tunnel.close();
    await given;
    expect(sshProcesses(realm.folder)).toEqual([]);
  });

  it("answers a device's questions at its desk, and a stranger's not", async () => {
    const desk = new SshDesk(await sshTo(target.proxy));
    expect(await desk.ask("whoami")).toBe("hula\n");
    expect(await desk.ask("directory")).toContain("-----BEGIN SSH SIGNATURE-----");
    await expect(desk.ask("certificate")).rejects.toMatchObject({ code: "refused" });
    const stranger = new SshDesk(await sshTo(target.proxy, "signer"));
    await expect(stranger.ask("whoami")).rejects.toMatchObject({ code: "unavailable" });
    expect(proxyAlias(id)).toBe("_proxy.hula.atlas");
  });
});

/** Of ssh clients that name something of this folder on their command line. */
function sshProcesses(folder: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => commandLine(pid).startsWith("ssh\0") && commandLine(pid).includes(folder))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`does not hold after 10 s: ${holds}`);
    await pause(10);
  }
}
