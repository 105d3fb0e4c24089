import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import type { Directory } from "../../../core/access/directory.ts";
import {
  knownHosts,
  proxyAlias,
  type SshView,
  sshConfig,
  sshToProxy,
} from "../../../core/computer/ssh-config.ts";
import { parseComputerId } from "../../../core/names.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN75qounhUPoY6k7uNhjooFRPP3Tj+RZwYKGj+AtzCbr";
const read = parseComputerId("controller1.hula.atlas");
if (!read.ok) throw new Error(read.problem);
const id = read.value;
const folder = mkdtempSync(join(tmpdir(), "warren test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const proxy = { name: "eu", host: "tunnels.example.org", port: 2222, hostKeys: [KEY] };
const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 7,
  proxy,
  login: ["atlas", "root"],
  legacy: false,
  devices: { "333": { port: 61333, hostKeys: [KEY] }, proxy: { port: 61334, hostKeys: [] } },
  controllers: {},
};
const files = { identity: `${folder}/identity`, knownHosts: `${folder}/known_hosts`, sockets: `${folder}/s` };
const view: SshView = { id, proxy, directory, files };

/** What the real ssh makes of it: lower-case option to values. */
function understood(config: string, host: string, more: readonly string[] = []): ReadonlyMap<string, string> {
  writeFileSync(join(folder, "config"), config);
  const text = execFileSync("ssh", ["-G", "-F", join(folder, "config"), ...more, host], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Map(
    text.split("\n").map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)] as const),
  );
}

function printed(changes: Partial<SshView> = {}): string {
  const config = sshConfig({ ...view, ...changes });
  if (!config.ok) throw new Error(config.problem);
  return config.value;
}

describe("sshConfig, as ssh reads it", () => {
  it("leads to a device through the proxy, with its own pinned key", () => {
    const options = understood(printed(), "333.hula.atlas");
    expect(Object.fromEntries(options)).toMatchObject({
      hostname: "127.0.0.1",
      port: "61333",
      user: "atlas",
      hostkeyalias: "333.hula.atlas",
      proxyjump: "_proxy.hula.atlas",
      stricthostkeychecking: "true",
      userknownhostsfile: files.knownHosts,
      globalknownhostsfile: "/dev/null",
      identityfile: files.identity,
      identitiesonly: "yes",
      forwardagent: "no",
      forwardx11: "no",
      passwordauthentication: "no",
      canonicalizehostname: "false",
      updatehostkeys: "false",
    });
    expect(options.get("kexalgorithms")).toMatch(/^curve25519-sha256,/);
  });

  it("leads to the proxy as the system's account, over one shared connection", () => {
    expect(Object.fromEntries(understood(printed(), proxyAlias(id)))).toMatchObject({
      hostname: "tunnels.example.org",
      port: "2222",
      user: "hula",
      hostkeyalias: "_proxy.hula.atlas",
      stricthostkeychecking: "true",
      controlmaster: "auto",
      controlpath: `${folder}/s/proxy`,
      controlpersist: "60",
    });
  });

  it("shares a connection to each device and account, checked against the host keys of now", () => {
    const socketOf = (host: string, changes: Partial<SshView> = {}, more: readonly string[] = []) =>
      understood(printed({ files: { ...files, sockets: "/run/s" }, ...changes }), host, more).get(
        "controlpath",
      );
    expect(socketOf("333.hula.atlas")).toMatch(/^\/run\/s\/333\.[0-9a-f]{8}\.atlas$/);
    expect(socketOf("root@333.hula.atlas")).toMatch(/^\/run\/s\/333\.[0-9a-f]{8}\.root$/);
    const rotated = { ...directory, devices: { "333": { port: 61333, hostKeys: [`${KEY}A`] } } };
    expect(socketOf("333.hula.atlas", { directory: rotated })).not.toBe(socketOf("333.hula.atlas"));
  });

  it("shares none as another account, whose name might lead elsewhere", () => {
    const options = understood(printed(), "333.hula.atlas", ["-l", "../../x"]);
    expect(options.get("controlmaster")).toBe("false");
    expect(options.has("controlpath")).toBe(false);
  });

  it("shares none to devices whose sockets' paths would be too long", () => {
    const config = printed({ files: { ...files, sockets: `/${"a".repeat(70)}` } });
    expect(understood(config, "333.hula.atlas").has("controlpath")).toBe(false);
    expect(understood(config, proxyAlias(id)).get("controlpath")).toBe(`/${"a".repeat(70)}/proxy`);
  });

  it("lets plain ssh share only where the hook says that it may", () => {
    const may = (status: number) => {
      writeFileSync(join(folder, "hook"), `exit ${status}\n`);
      const config = printed({ files: { ...files, sockets: "/run/s", hook: join(folder, "hook") } });
      return understood(config, "333.hula.atlas").get("controlmaster");
    };
    expect([may(0), may(1), may(127)]).toEqual(["auto", "false", "false"]);
  });

  it("does not take a computer named proxy for the proxy", () => {
    const options = understood(printed(), "proxy.hula.atlas");
    expect(options.get("hostname")).toBe("127.0.0.1");
    expect(options.get("port")).toBe("61334");
  });

  it("leaves another account to the user", () => {
    expect(understood(printed(), "root@333.hula.atlas").get("user")).toBe("root");
  });

  it("leaves other hosts alone", () => {
    expect(understood(printed(), "example.org").get("hostname")).toBe("example.org");
  });

  it("wakes a device that it knows, and nothing else", () => {
    const mark = join(folder, "woken");
    const config = printed({ wake: ["/bin/sh", join(folder, "hook")] });
    writeFileSync(join(folder, "hook"), `echo "$1" >> '${mark}'\n`);
    understood(config, "333.hula.atlas");
    understood(config, "444.hula.atlas");
    understood(config, proxyAlias(id));
    expect(execFileSync("cat", [mark], { encoding: "utf8" })).toBe("333.hula.atlas\n");
  });
});

describe("sshConfig, where asked", () => {
  it("compresses what goes to devices, and to the proxy nothing", () => {
    expect(understood(printed(), "333.hula.atlas").get("compression")).toBe("no");
    const config = printed({ compress: true });
    expect(understood(config, "333.hula.atlas").get("compression")).toBe("yes");
    expect(understood(config, proxyAlias(id)).get("compression")).toBe("no");
  });

  it("prints for Windows, whose ssh shares no connections and runs hooks by cmd.exe; not run there", () => {
    const own = "C:/Users/alice/.config/warren/controller1.hula.atlas";
    const onWindows = {
      files: { identity: `${own}/identity`, knownHosts: `${own}/known_hosts` },
      wake: ["C:/PROGRA~1/nodejs/node.exe", "C:/warren/dist/warren.js", "connect", "--wake"],
      windows: true,
    };
    const config = printed(onWindows);
    expect(config).toContain('exec "C:/PROGRA~1/nodejs/node.exe C:/warren/dist/warren.js connect --wake %n"');
    expect(config).toContain(`  IdentityFile ${own}/identity\n`);
    expect(config).not.toMatch(/ControlMaster auto|ControlPersist/);
    const blank = { ...view, ...onWindows, wake: ["C:/Program Files/nodejs/node.exe"] };
    expect(sshConfig(blank)).toMatchObject({ ok: false, problem: expect.stringContaining("dir /x") });
  });
});

describe("sshToProxy", () => {
  it("says on the command line what the file would say", () => {
    const args = sshToProxy(id, proxy, { identity: files.identity, knownHosts: files.knownHosts });
    if (!args.ok) throw new Error(args.problem);
    const text = execFileSync("ssh", ["-G", ...args.value], { encoding: "utf8" });
    for (const line of [
      "hostname tunnels.example.org",
      "user hula",
      "stricthostkeychecking true",
      "controlmaster false",
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toContain(`userknownhostsfile ${files.knownHosts}\n`);
  });
});

describe("what ssh would read otherwise", () => {
  it.each(['/a"b', "/a\nProxyCommand id", "/a%h", "/$HOME", "/a\\b", "/a'b", "a/b", "/a\u2028b"])(
    "is refused in a path: %j",
    (path) => {
      expect(sshConfig({ ...view, files: { ...files, identity: path } }).ok).toBe(false);
      expect(sshConfig({ ...view, files: { ...files, knownHosts: path } }).ok).toBe(false);
      expect(sshToProxy(id, proxy, { ...files, identity: path }).ok).toBe(false);
    },
  );

  it("is refused in a host and in the words of the hook", () => {
    expect(sshConfig({ ...view, proxy: { ...proxy, host: "a\nProxyCommand id" } }).ok).toBe(false);
    expect(sshConfig({ ...view, wake: ["/bin/node", "/x'; id; '"] }).ok).toBe(false);
  });

  it("is refused in a socket's path that is too long", () => {
    expect(sshConfig({ ...view, files: { ...files, sockets: `/${"a".repeat(100)}` } })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("a socket's path may have 86"),
    });
  });
});

describe("knownHosts", () => {
  it("names each key by the alias that ssh looks for", () => {
    expect(knownHosts(id, proxy, directory)).toBe(`_proxy.hula.atlas ${KEY}\n333.hula.atlas ${KEY}\n`);
  });
});
