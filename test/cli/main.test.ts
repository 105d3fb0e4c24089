import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { type Ended, run } from "../../adapters/openssh/run.ts";

const warrenWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> =>
  run(process.execPath, [resolve("dist/warren.js"), ...args], {
    timeout: 15_000,
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env },
  });
const warren = (...args: readonly string[]): Promise<Ended> => warrenWith({}, ...args);

/** What the contract promises; `aws` and the like hold more below them. */
const COMMANDS =
  `sandbox init doctor validate schema decide explain verify plan render sync reconcile certificates
  aws broker proxy enroll authorize connect disconnect exec forward socks ssh-config list approve deny revoke`.split(
    /\s+/,
  );

describe("warren", () => {
  it("lists every command in its help", async () => {
    const { status, stdout } = await warren("--help");
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
    expect(listed.filter((name) => COMMANDS.includes(name ?? "")).sort()).toEqual([...COMMANDS].sort());
    expect(status).toBe(0);
  });

  it.each([
    ["an unknown command", ["enrol", "333.hula.atlas"], "unknown command 'enrol'"],
    ["no command", [], "Usage: warren"],
    ["an unknown option", ["list", "--colour"], "unknown option '--colour'"],
    ["a missing option", ["decide"], "required option '--issue <file>' not specified"],
    ["a missing name", ["connect"], "missing required argument '[user@]name'\nhint: warren connect --help\n"],
    ["a command below", ["broker", "certificate"], "hint: warren broker certificate --help\n"],
    ["no realm.yaml", ["validate", "/nonexistent"], "there is no such file\nhint: warren validate FILE;"],
    ["nothing to plan by", ["plan"], "hint: git worktree add registry registry"],
    ["a missing file", ["validate", "/nonexistent/realm.yaml"], "/nonexistent/realm.yaml can't be read"],
    ["a realm.yaml without end", ["validate", "/dev/zero"], "/dev/zero can't be read: it is a device"],
    [
      "an issue without end",
      ["decide", "--realm", "realm.yaml", "--issue", "/dev/zero"],
      "/dev/zero can't be",
    ],
    ["a folder for a file", ["validate", "/proc"], "/proc can't be read: it is a folder"],
    ["a folder where none can be made", ["broker", "ca", "--out", "/proc/x"], "/proc takes no folders"],
    ["a computer that is not enrolled", ["connect", "333"], "no controller is enrolled here"],
    ["a name that is none", ["enroll", "333"], "computer id has 1 part"],
    ["an account that ssh would take for an option", ["connect", "-oProxyCommand=id@333"], "unknown option"],
    ["an account that is none", ["connect", "a b@333"], 'account "a b" is no account name'],
    ["exec without its dashes", ["exec", "333", "uptime"], "exec needs targets, --, and a command"],
  ])("exits 2 for %s", async (_what, args, says) => {
    const { status, stdout, stderr } = await warren(...args);
    expect(stderr).toContain(says);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  it("names a controller that is asked for and not let in yet", async () => {
    const config = await mkdtemp(join(tmpdir(), "warren-test-"));
    await mkdir(join(config, "warren/controller-me.hula.atlas"), { recursive: true, mode: 0o700 });
    const { status, stderr } = await warrenWith({ XDG_CONFIG_HOME: config }, "list");
    await rm(config, { recursive: true });
    expect(stderr).toContain(
      "controller-me.hula.atlas is not enrolled here yet\nhint: warren enroll controller-me",
    );
    expect(status).toBe(2);
  });

  it("shows where an error comes from only when it is asked to", async () => {
    const plain = await warren("validate", "/nonexistent/realm.yaml");
    expect(plain.stderr).not.toMatch(/^ {4}at /m);
    const debugged = await warrenWith({ WARREN_DEBUG: "1" }, "validate", "/nonexistent/realm.yaml");
    expect(debugged.stderr).toMatch(/^ {4}at /m);
  });
});
