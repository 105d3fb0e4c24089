import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { sshTo } from "../../../adapters/openssh/pinned-proxy.ts";
import { run } from "../../../adapters/openssh/run.ts";
import { id, madeKey } from "../../made/access.ts";

const CONTROLLER = id("controller-a.hula.atlas");

describe("the way to a proxy, as ssh understands it", () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  const understood = async (): Promise<readonly string[]> => {
    const proxy = { host: "proxy.example.org", port: 2222, hostKeys: [madeKey("proxy")] };
    const files = { identity: file("identity"), knownHosts: file("known_hosts"), own: file("ssh_own") };
    const args = await sshTo(CONTROLLER, proxy, files);
    const { status, stdout, stderr } = await run("ssh", ["-G", ...args], { timeout: 10_000 });
    if (status !== 0) throw new Error(stderr);
    return stdout.split("\n");
  };
  const always = [
    "hostname proxy.example.org",
    "port 2222",
    "user hula",
    "stricthostkeychecking true",
    "controlmaster false",
  ];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is Warren's alone where its user has nothing to say", async () => {
    const options = await understood();
    expect(options).toEqual(expect.arrayContaining(always));
    expect(options.filter((option) => option.startsWith("proxyjump "))).toEqual([]);
    expect(await readFile(file("known_hosts"), "utf8")).toMatch(/^_proxy\.hula\.atlas ssh-ed25519 /);
  });

  it("is what its user says first, also before this computer is enrolled", async () => {
    await writeFile(file("ssh_own"), "Host _proxy.hula.atlas\n  ProxyJump me@gateway.example.org\n");
    expect(await understood()).toEqual(
      expect.arrayContaining([...always, "proxyjump me@gateway.example.org"]),
    );
  });

  it("wins over what Warren says, as in every other command", async () => {
    await writeFile(file("ssh_own"), "Host _proxy.hula.atlas\n  HostName other.example.org\n");
    expect(await understood()).toContain("hostname other.example.org");
  });
});
