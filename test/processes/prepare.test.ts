import { statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { accessOf } from "../../core/access/access.ts";
import { MANIFEST, printManifest } from "../../core/access/manifest.ts";
import { Registry } from "../../core/registry/registry.ts";
import { accepted, madeRealm, madeRecord, madeSystem } from "../made/access.ts";
import { LONG } from "../made/long.ts";
import { canHost, type StockHost, startStockHost } from "./stock-host.ts";
import { putInForce } from "./stock-proxy.ts";

const REALM = (hostKey: string, spare: string) => `
realm: atlas
repository: wildlife/atlas
clientIdSuffix: .tunnels.example.org
people: { alice: 583231 }
admins: [alice]
proxies:
  eu:
    host: tunnels.example.org
    port: 22
    hostKeys: [${hostKey}, ${spare}]
    syncUser: warren-sync
signers: [${spare}]
systems:
  hula:
    description: receivers
    proxy: eu
    ports: 61000-61999
    login: [atlas]
    trust: [{ who: [alice], may: [device], then: grant }]
  tern:
    description: the boat
    proxy: eu
    ports: 62000-62099
    login: [atlas]
    trust: [{ who: [alice], may: [device], then: grant }]
`;

(canHost() ? describe : describe.skip)("warren proxy prepare on a stock host", () => {
  let folder: string;
  let host: StockHost;
  let deviceKey: string;
  let controllerKey: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-prepare-"));
    await run(process.execPath, ["tools/proxy-program.mjs", join(folder, "warren-proxy.mjs")], {
      timeout: 20_000,
    });
    const [device, controller, spare] = await Promise.all(
      ["device", "controller", "spare", "sync"].map((name) => makeKey(join(folder, name))),
    );
    [deviceKey, controllerKey] = [device ?? "", controller ?? ""];
    await writeFile(join(folder, "ask"), '#!/bin/sh\necho "$CODE"\n', { mode: 0o755 });
    await writeFile(join(folder, "code"), '#!/bin/sh\nread -r code; [ "$code" = 123456 ]\n', { mode: 0o755 });
    host = await startStockHost();
    await writeFile(join(folder, "known"), `[127.0.0.1]:${host.port} ${host.hostKey}\n`);
    await writeFile(join(folder, "realm.yaml"), REALM(host.hostKey, spare ?? ""));
  }, 30_000);
  afterAll(async () => {
    await host?.stop();
    await rm(folder, { recursive: true });
  });
  jest.setTimeout(60_000);

  const prepare = (...more: readonly string[]): Promise<Ended> =>
    host.run([
      ...[process.execPath, join(folder, "warren-proxy.mjs"), "prepare"],
      ...["--realm", join(folder, "realm.yaml"), "--sync-key", join(folder, "sync.pub")],
      ...more,
    ]);
  const ssh = (key: string, account: string, command: string, code?: string): Promise<Ended> => {
    const options = [
      ...["StrictHostKeyChecking=yes", `UserKnownHostsFile=${join(folder, "known")}`],
      ...["IdentitiesOnly=yes", "IdentityAgent=none", "NumberOfPasswordPrompts=1"],
      code === undefined ? "PreferredAuthentications=publickey" : "PasswordAuthentication=no",
    ].flatMap((option) => ["-o", option]);
    const where = ["-F", "none", "-i", join(folder, key), "-p", String(host.port)];
    // Whoever is asked answers with the code; nobody waits at a terminal.
    const asked = { SSH_ASKPASS: join(folder, "ask"), SSH_ASKPASS_REQUIRE: "force", CODE: code ?? "" };
    return run("ssh", [...where, ...options, `${account}@127.0.0.1`, command], {
      timeout: 10_000,
      env: { ...process.env, ...asked },
    });
  };
  /** All of /etc: owners, modes and contents; but backups that useradd and its kin keep of what they change. */
  const etc = async (): Promise<readonly string[]> => {
    const kept = ["-not", "-name", "*-", "-not", "-name", ".pwd.lock"];
    const names = await host.must(["find", "/etc", ...kept, "-printf", "%p %m %U %G %l\\n"]);
    const sums = await host.must(["find", "/etc", "-type", "f", ...kept, "-exec", "sha256sum", "{}", "+"]);
    return [...names.split("\n"), ...sums.split("\n")].toSorted();
  };
  /** sshd writes its pid anew once it has read its settings again. */
  const reloaded = async (work: () => Promise<Ended>): Promise<Ended> => {
    const written = () => statSync(join(host.folder, "run/sshd.pid"), { throwIfNoEntry: false })?.mtimeMs;
    const before = written();
    const ended = await work();
    const deadline = Date.now() + 5_000;
    while ((written() ?? before) === before) {
      if (Date.now() > deadline) throw new Error("sshd did not read its settings again");
      await pause(10);
    }
    return ended;
  };
  const fill = async (): Promise<void> => {
    const records = [
      madeRecord("333.hula.atlas", { port: 61333, sshKeys: [accepted(deviceKey)] }),
      madeRecord("controller1.hula.atlas", { sshKeys: [accepted(controllerKey)] }),
    ];
    const realm = madeRealm([
      madeSystem("hula"),
      madeSystem("tern", { ports: { first: 62000, last: 62099 } }),
    ]);
    const access = accessOf(realm, Registry.of(1, records)).get("eu");
    if (access === undefined) throw new Error("no proxy eu");
    const files = new Map([...access.files, [MANIFEST, printManifest(access.manifest)]]);
    await putInForce(host.folder, files);
  };

  it("with --dry-run prints every file and command, and touches nothing", async () => {
    const before = await etc();
    const { status, stdout } = await prepare("--dry-run");
    expect(status).toBe(0);
    expect(stdout).toContain("write /etc/ssh/sshd_config.d/50-warren.conf (root, 0644)\n");
    expect(stdout).toContain("  |   PermitListen 127.0.0.1:* localhost:*\n");
    expect(stdout).toContain("write /etc/systemd/system/ssh.service.d/50-warren.conf (root, 0644)\n");
    expect(stdout).toContain("  | Environment=MALLOC_TOP_PAD_=1048576\n");
    expect(stdout).toMatch(/^run useradd .* hula$/m);
    expect(await etc()).toEqual(before);
  });

  it("adopts no account that somebody else made", async () => {
    await host.must(["useradd", "--create-home", "tern"]);
    const before = await etc();
    const { status, stderr } = await prepare();
    expect(status).toBe(1);
    expect(stderr).toContain("account tern was not made by Warren: its shell is");
    expect(await etc()).toEqual(before);
    await host.must(["userdel", "--remove", "tern"]);
  });

  it("puts sshd and PAM back where another file would change what sshd does, and names that file", async () => {
    const other = "/etc/ssh/sshd_config.d/10-other.conf";
    await host.put(other, "Match Group warren\n  PermitOpen any\nMatch all\n");
    const looked = ["find", "/etc/ssh", "/etc/pam.d", "-type", "f", "-exec", "sha256sum", "{}", "+"];
    // A file that is written anew may come at another place of its folder: tmpfs lists the youngest first.
    const sums = async () => (await host.must(looked)).split("\n").toSorted();
    const before = await sums();
    const { status, stderr } = await prepare();
    expect(status).toBe(1);
    expect(stderr).toContain(`"127.0.0.1:* localhost:*" is wanted; see ${other}:2`);
    expect(stderr).toContain("/etc/pam.d/sshd is as it was before");
    expect(await sums()).toEqual(before);
    await host.must(["rm", other]);
    await prepare("--remove");
  });

  it("two at once, does it once", async () => {
    const both = await Promise.all([prepare(), prepare()]);
    expect(both.map(({ status, stderr }) => ({ status, stderr }))).toEqual([
      { status: 0, stderr: both[0].stderr },
      { status: 0, stderr: both[0].stderr },
    ]);
    const [idle, busy] = both.map(({ stdout }) => stdout).toSorted((a, b) => a.length - b.length);
    expect(idle).toBe("nothing to change\n");
    expect(busy).toMatch(/^run useradd .* hula\n(.*\n)*done\n$/m);
    expect(await prepare("--remove")).toMatchObject({ status: 0 });
  });

  it("lets a device in, and a sync to `apply` alone; again, it changes nothing; removed, /etc is as it was", async () => {
    const before = await etc();
    const first = await reloaded(() => prepare());
    expect(first).toMatchObject({ status: 0 });
    expect(first.stderr).not.toContain("hostKeys");
    await host.must(["/usr/sbin/sshd", "-t"]);
    await host.must(["visudo", "-c"]);

    await fill();
    expect(await ssh("device", "hula", "whoami")).toEqual({ status: 0, stdout: "hula\n", stderr: "" });
    expect(await ssh("device", "tern", "whoami")).toMatchObject({ status: 255 });
    expect(await ssh("sync", "hula", "whoami")).toMatchObject({ status: 255 });
    // Whatever the sync asks for, it gets what `apply` says first.
    const sync = await ssh("sync", "warren-sync", "id");
    expect(sync).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(sync.stdout)).toMatchObject({ kind: "generation", name: "1" });

    const prepared = await etc();
    expect(await prepare()).toMatchObject({ status: 0, stdout: "nothing to change\n" });
    expect(await etc()).toEqual(prepared);

    expect(await reloaded(() => prepare("--remove"))).toMatchObject({ status: 0 });
    expect(await etc()).toEqual(before);
    expect(await ssh("device", "hula", "whoami")).toMatchObject({ status: 255 });
  });

  it("has systemd start sshd with room for long lists of ports; removed, another's file beside ours stays", async () => {
    const other = "/etc/systemd/system/ssh.service.d/10-other.conf";
    await host.put(other, "[Service]\nEnvironment=OTHER=1\n");
    const before = await etc();
    // Its heap says it, for sshd writes its title over what /proc tells of its environment.
    const heap = async (): Promise<number> => {
      const pid = (await host.read("run/sshd.pid")).trim();
      const maps = await host.must(["cat", `/proc/${pid}/maps`]);
      const [, from = "", to = ""] = /^(\w+)-(\w+) .*\[heap\]$/m.exec(maps) ?? [];
      return Number.parseInt(to, 16) - Number.parseInt(from, 16);
    };
    await host.restart();
    expect(await heap()).toBeLessThan(1_048_576);
    expect(await reloaded(() => prepare())).toMatchObject({ status: 0 });
    await host.restart();
    expect(await heap()).toBeGreaterThanOrEqual(1_048_576);

    expect(await reloaded(() => prepare("--remove"))).toMatchObject({ status: 0 });
    expect(await etc()).toEqual(before);
    await host.must(["rm", "-r", "/etc/systemd/system/ssh.service.d"]);
    await host.restart();
    expect(await heap()).toBeLessThan(1_048_576);
  });

  (LONG ? it : it.skip)(
    "asks people for a one-time password behind their key, and devices and everybody else for none",
    async () => {
      const before = await etc();
      await host.must(["useradd", "--create-home", "--password", "*", "visitor"]);
      await host.put("/home/visitor/.ssh/authorized_keys", `${controllerKey}\n`);
      const module = `pam_exec.so quiet expose_authtok ${join(folder, "code")}`;
      expect(await reloaded(() => prepare("--one-time-passwords", module))).toMatchObject({ status: 0 });
      await fill();

      expect(await ssh("device", "hula", "whoami", "")).toEqual({ status: 0, stdout: "hula\n", stderr: "" });
      expect(await ssh("controller", "hula", "whoami", "123456")).toMatchObject({
        status: 0,
        stdout: "hula\n",
      });
      expect(await ssh("controller", "hula", "whoami", "654321")).toMatchObject({ status: 255 });
      expect(await ssh("controller", "hula", "whoami")).toMatchObject({ status: 255 });
      expect(await ssh("controller", "visitor", "echo hello")).toMatchObject({
        status: 0,
        stdout: "hello\n",
      });
      expect(await ssh("sync", "warren-sync", "")).toMatchObject({ status: 0 });

      expect(await prepare()).toMatchObject({ status: 0, stdout: "nothing to change\n" });
      expect(await reloaded(() => prepare("--no-one-time-passwords"))).toMatchObject({ status: 0 });
      expect(await ssh("controller", "hula", "whoami")).toMatchObject({ status: 0, stdout: "hula\n" });

      expect(await reloaded(() => prepare("--remove"))).toMatchObject({ status: 0 });
      await host.must(["userdel", "--remove", "visitor"]);
      expect(await etc()).toEqual(before);
    },
  );
});
