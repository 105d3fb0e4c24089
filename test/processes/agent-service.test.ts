import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { agentUnit } from "../../core/computer/agent-unit.ts";
import { type Profile, printProfile } from "../../core/computer/profile.ts";

const AGENT = "dist/warren-agent.js";
const NODE = process.env.WARREN_NODE ?? process.execPath;
const UNIT = "systemd/user/warren-agent-333.hula.atlas.service";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDsan/ZqyKU/9HRExGZ8zXFIJYowkrdLSFB2h9J2wrsm";
const profile: Profile = {
  format: 1,
  id: "333.hula.atlas",
  repository: "wildlife/atlas",
  proxy: { host: "127.0.0.1", port: 1, hostKeys: [KEY] },
  signers: [KEY],
  device: {
    sshd: { host: "127.0.0.1", port: 22 },
    authorizedKeys: { atlas: "/home/atlas/.ssh/authorized_keys" },
  },
};

describe("warren-agent install, of an account's own service, where systemd does not run", () => {
  let home: string;
  const agent = (...args: readonly string[]): SpawnSyncReturns<string> =>
    spawnSync(NODE, [AGENT, ...args], { encoding: "utf8", env: { PATH: process.env.PATH, HOME: home } });

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "warren-test-"));
    const folder = join(home, ".config/warren/333.hula.atlas");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, "profile.json"), printProfile(profile));
  });
  afterEach(() => rm(home, { recursive: true }));

  it("writes its one file and the unit, says what is left to do, and takes both back", async () => {
    const { status, stdout } = agent("install", "--user");
    expect(status).toBe(0);
    expect(stdout).toContain("systemctl --user enable --now warren-agent-333.hula.atlas.service\n");
    const program = join(home, ".local/share/warren/warren-agent.js");
    expect(await readFile(program)).toEqual(await readFile(AGENT));
    expect((await stat(program)).mode & 0o777).toBe(0o755);
    expect(await readFile(join(home, ".config", UNIT), "utf8")).toContain(
      `${program} run --profile ${home}/.config/warren/333.hula.atlas\n`,
    );
    expect(agent("uninstall", "--user").status).toBe(0);
    expect(existsSync(program) || existsSync(join(home, ".config", UNIT))).toBe(false);
    expect(agent("uninstall", "--user").status).toBe(1);
  });

  it("changes nothing when it only says what it would do", () => {
    const { status, stdout } = agent("install", "--user", "--dry-run");
    expect(status).toBe(0);
    expect(stdout).toContain("would write");
    expect(stdout).toContain("\nNoNewPrivileges=yes\n");
    expect(existsSync(join(home, ".local")) || existsSync(join(home, ".config/systemd"))).toBe(false);
  });

  it("has no status but that no agent runs, by exit 1", () => {
    const { status, stdout } = agent("status", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ id: "333.hula.atlas", reachable: false, state: "stopped" });
  });
});

const canVerify = spawnSync("systemd-analyze", ["--version"]).status === 0;
(canVerify ? describe : describe.skip)("the unit, read by systemd itself", () => {
  it("holds nothing that systemd does not know", async () => {
    const folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    const path = join(folder, "warren-agent-333.hula.atlas.service");
    const [manager, account] = ["system", "root"] as const;
    const places = { node: process.execPath, program: AGENT, profile: `${folder}/with blank`, writes: [] };
    await writeFile(path, agentUnit({ id: profile.id, ...places, manager, account }));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", path], {
      encoding: "utf8",
    });
    await rm(folder, { recursive: true });
    expect(stderr.split("\n").filter((line) => line.includes("warren-agent-"))).toEqual([]);
    expect(status).toBe(0);
  });
});
