import { readdirSync } from "node:fs";
import { copyFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Ended, run } from "../../adapters/openssh/run.ts";
import { SshTunnel } from "../../adapters/openssh/tunnel.ts";
import { printProfile } from "../../core/computer/profile.ts";
import { knownHosts, sshToProxy } from "../../core/computer/ssh-config.ts";
import { idOf, type SmallRealm, startSmallRealm, TUNNEL_PORT } from "./small-realm.ts";

const CONTROLLER = "controller-a.hula.atlas";

describe("a controller in a realm without a broker, by the system's own ssh", () => {
  let realm: SmallRealm;
  let tunnel: SshTunnel;
  let profile: string;

  const warrenBy = (program: string, ...args: readonly string[]): Promise<Ended> =>
    run(process.execPath, [program, ...args], {
      timeout: 15_000,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: realm.folder,
        XDG_CONFIG_HOME: join(realm.folder, "config"),
      },
    });

  const warren = (...args: readonly string[]) => warrenBy(resolve("dist/warren.js"), ...args);

  beforeAll(async () => {
    realm = await startSmallRealm();
    const { host, port } = realm.proxy;
    const proxy = { host, port, hostKeys: [realm.proxyKey] };
    profile = join(realm.folder, "config/warren", CONTROLLER);
    await mkdir(profile, { recursive: true, mode: 0o700 });
    await copyFile(join(realm.folder, "controller"), join(profile, "identity"));
    const signers = [realm.signer];
    const text = printProfile({ format: 1, id: CONTROLLER, repository: "wildlife/atlas", proxy, signers });
    await writeFile(join(profile, "profile.json"), text);

    const key = await readFile(join(realm.folder, "controller.pub"), "utf8");
    await writeFile(realm.device.authorizedKeys.atlas ?? "", key);
    const files = { identity: join(realm.folder, "identity"), knownHosts: join(realm.folder, "known_hosts") };
    await writeFile(files.knownHosts, knownHosts(idOf("333.hula.atlas"), proxy));
    const args = sshToProxy(idOf("333.hula.atlas"), proxy, files);
    if (!args.ok) throw new Error(args.problem);
    const sshTo = async () => args.value;
    tunnel = new SshTunnel({ sshd: realm.device, sshTo, controlPath: join(realm.folder, "sock") });
    await tunnel.open({ proxy, port: TUNNEL_PORT });
  });
  afterAll(async () => {
    await tunnel.close();
    await realm.close();
  });

  it("runs a command on a device it has never heard of, by a short name", async () => {
    const { status, stdout, stderr } = await warren("connect", "333", "--", "echo", "hello");
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "hello\n", stderr: "" });
    expect(readdirSync(profile).sort()).toEqual([
      "directory.checked",
      "directory.json",
      "directory.json.sig",
      "identity",
      "known_hosts",
      "profile.json",
      "s",
      "settled",
      "ssh_config",
    ]);
  });

  it("passes on the exit status of the command", async () => {
    expect(await warren("connect", "atlas@333.hula.atlas", "exit 7")).toMatchObject({ status: 7 });
  });

  it("names close devices where there is none of the name", async () => {
    expect(await warren("connect", "334")).toMatchObject({
      status: 2,
      stderr: 'warren: no device "334" in hula.atlas\nhint: perhaps 333.hula.atlas\n',
    });
  });

  it("runs a command on all devices of a glob, each line under its device's name", async () => {
    expect(await warren("exec", "3*", "--", "printf 'a\\033[31mb\\nc\\n'")).toMatchObject({
      status: 0,
      stdout: "333.hula.atlas: ab\n333.hula.atlas: c\n",
    });
  });

  it("says which device failed", async () => {
    const { status, stderr } = await warren("exec", "hula", "--", "exit 3");
    expect(stderr).toBe("333.hula.atlas: exit status 3\n");
    expect(status).toBe(1);
  });

  it("gives what came of it as JSON", async () => {
    const { stdout } = await warren("exec", "--json", "333", "--", "echo", "hello");
    expect(JSON.parse(stdout)).toEqual({
      computer: "333.hula.atlas",
      outcome: "done",
      status: 0,
      stdout: "hello\n",
      stderr: "",
    });
  });

  it("needs the two dashes before the command", async () => {
    expect(await warren("exec", "333", "uptime")).toMatchObject({ status: 2 });
  });

  it("lists its devices", async () => {
    const { stdout } = await warren("list", "--json");
    const hostKeys = [expect.stringMatching(/^SHA256:/)];
    expect(JSON.parse(stdout)).toEqual([
      {
        computer: "333.hula.atlas",
        port: TUNNEL_PORT,
        login: ["atlas"],
        hostKeys,
        controller: CONTROLLER,
        tunnel: "up",
      },
    ]);
  });

  it("prints what makes plain ssh work", async () => {
    const file = join(realm.folder, "printed");
    await writeFile(file, (await warren("ssh-config")).stdout);
    const ended = await run("ssh", ["-F", file, "333.hula.atlas", "echo", "hello"], { timeout: 10_000 });
    expect(ended).toMatchObject({ status: 0, stdout: "hello\n" });
  });

  describe("with what the last command left, and the connection to the proxy", () => {
    /** The program without all that it loads behind its first step. */
    let first: string;
    const connect = async (program: string, ...words: readonly string[]) => {
      // The connection to the device; the one to the proxy stays.
      expect(await warren("disconnect", "333")).toMatchObject({ status: 0 });
      return warrenBy(program, "connect", ...words);
    };

    beforeAll(async () => {
      first = join(realm.folder, "first/warren.js");
      await cp(resolve("dist"), dirname(first), { recursive: true });
      await writeFile(join(realm.folder, "first/package.json"), '{"type":"module"}');
      for (const name of readdirSync(join(realm.folder, "first/chunks")))
        if (/^(run|program|connect)-/.test(name)) await rm(join(realm.folder, "first/chunks", name));
      expect(await warren("connect", "333", "true")).toMatchObject({ status: 0 });
    });

    it("connects before anything else is loaded, and loads nothing", async () => {
      expect(await connect(first, "333", "--", "echo", "hello")).toMatchObject({
        status: 0,
        stdout: "hello\n",
      });
      expect(await connect(first, "atlas@333.hula", "exit 7")).toMatchObject({ status: 7 });
    });

    it("loads the rest where ssh fails", async () => {
      expect(await connect(first, "333", "exit 255")).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("Cannot find module"),
      });
      const file = join(realm.folder, "ran");
      const once = ["333", `echo ran >> ${file}; exit 255`];
      expect(await connect(resolve("dist/warren.js"), ...once)).toMatchObject({ status: 255 });
      expect(await readFile(file, "utf8")).toBe("ran\n");
      // Over the connection that is shared with the device.
      expect(await warren("connect", ...once)).toMatchObject({ status: 255 });
      expect(await readFile(file, "utf8")).toBe("ran\nran\n");
    });

    it("loads nothing either where the connection to the proxy is yet to open", async () => {
      await warren("disconnect", "333");
      const socket = join(profile, "s/proxy");
      await run("ssh", ["-F", "none", "-S", socket, "-O", "exit", "proxy"], { timeout: 10_000 });
      expect(await connect(first, "333", "exit 9")).toMatchObject({ status: 9 });
    });

    it("loads nothing for another session over the device's connection either", async () => {
      expect(await connect(first, "333", "exit 7")).toMatchObject({ status: 7 });
      expect(await warrenBy(first, "connect", "333", "exit 8")).toMatchObject({ status: 8 });
    });

    it.each([
      ["an option", ["--as", CONTROLLER, "333", "true"]],
      ["a name that stands for none", ["334", "true"]],
    ])("loads the rest for %s", async (_what, words) => {
      expect((await connect(first, ...words)).stderr).toContain("Cannot find module");
    });

    it.each(["profile.json", "directory.json", "directory.json.sig", "ssh_config", "known_hosts", "settled"])(
      "loads the rest where %s is not as it was left",
      async (name) => {
        const file = join(profile, name);
        const text = await readFile(file, "utf8");
        await warren("disconnect", "333");
        await writeFile(file, `${text}\n`);
        const { stderr } = await warrenBy(first, "connect", "333", "true");
        await writeFile(file, text);
        expect(stderr).toContain("Cannot find module");
      },
    );

    it("loads the rest where another controller is enrolled, also one that no command was run by", async () => {
      const other = join(dirname(profile), "controller-b.tern.atlas");
      await mkdir(other);
      await copyFile(join(profile, "profile.json"), join(other, "profile.json"));
      const { stderr } = await connect(first, "333", "true");
      await rm(other, { recursive: true });
      expect(stderr).toContain("Cannot find module");
    });

    it("loads the rest where the proxy has a newer directory", async () => {
      await realm.serve({ ...realm.directory, sequence: realm.directory.sequence + 1 });
      expect((await connect(first, "333", "true")).stderr).toContain("Cannot find module");
      await realm.serve(realm.directory);
    });
  });

  it("goes on with the directory that it has where the proxy serves an older one", async () => {
    await realm.serve({ ...realm.directory, sequence: 0 });
    const { status, stderr } = await warren("connect", "333", "true");
    expect(stderr).toContain("directory has sequence 0; 1 was seen already");
    expect(status).toBe(0);
    await realm.serve(realm.directory);
  });

  it("does not connect to a device that the realm gave another host key", async () => {
    const posing = { port: TUNNEL_PORT, hostKeys: [realm.signer] };
    await realm.serve({ ...realm.directory, sequence: 2, devices: { 333: posing } });
    const { status, stderr } = await warren("connect", "333", "true");
    expect(stderr).toContain("Host key verification failed");
    expect(status).toBe(255);
  });

  it("does not connect to a device that is no longer enrolled", async () => {
    await realm.serve({ ...realm.directory, sequence: 3, devices: {} });
    expect(await warren("connect", "333", "true")).toMatchObject({
      status: 1,
      stderr: "warren: 333.hula.atlas is not enrolled any more\n",
    });
  });
});
