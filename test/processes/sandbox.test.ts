import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { KEYS } from "../fixtures/people.ts";
import { processesThatName, RunningSandbox, until, warren } from "../made/running-sandbox.ts";

describe("warren sandbox --story --once", () => {
  it("acts out the main job with real processes, ends with 0, and leaves nothing", async () => {
    const { status, stdout, stderr } = await warren(["sandbox", "--story", "--once"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "starting a realm on this machine …\n" });
    expect(stdout).toMatch(/bot +#\d+ 333\.hula\.atlas: alice \(583231\) enrolled it \[realm\.yaml:\d+\]/);
    expect(stdout).toMatch(/it verifies against CN=Warren local CA/);
    expect(stdout).toMatch(
      /refused: no rule lets mallory \(\d+\) enrol devices in hula; .* \[realm\.yaml:\d+\]/,
    );
    expect(stdout).toMatch(/refused: csr subject is not that of 336\.hula\.atlas.* \[realm\.yaml:\d+\]/);
    expect(stdout).toMatch(/alice +comments \/approve [0-9a-f]{12}/);
    expect(stdout).toMatch(/uname -a .*\n +Linux /);
    for (const device of ["333", "334", "335"]) expect(stdout).toContain(`${device}.hula.atlas is up`);
    const [dir] = /\/[^ ]*\/warren-[A-Za-z0-9]+/.exec(stdout) ?? ["no folder"];
    expect(existsSync(dir)).toBe(false);
    await nobodyNames(dir);
  }, 120_000);
});

describe("warren sandbox --json", () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  }, 120_000);
  afterAll(async () => {
    if (sandbox?.process.exitCode === null) await sandbox.end("SIGKILL");
  });

  const decided = (issue: number) =>
    until(async () => {
      const comments = await sandbox.api<{ body: string; user: { login: string } }[]>(
        "alice",
        "GET",
        `/issues/${issue}/comments`,
      );
      return comments.find(({ user }) => user.login === "warren[bot]")?.body;
    });

  it("lets a script with nothing but HTTP open an issue, see the decision and read the registry", async () => {
    const body = KEYS[0];
    const { number } = await sandbox.api<{ number: number }>("alice", "POST", "/issues", {
      title: "333.hula.atlas.sshkey.pub",
      body,
    });
    expect(await decided(number)).toContain("**Granted.** `333.hula.atlas` is enrolled.");
    const file = await sandbox.api<{ content: string }>(
      "alice",
      "GET",
      "/contents/hula/333.json?ref=registry",
    );
    expect(JSON.parse(Buffer.from(file.content, "base64").toString())).toMatchObject({
      computer: "333.hula.atlas",
      port: 61333,
      sshKeys: [{ key: body }],
    });
    const lines = join(sandbox.ready.dir, "proxies/eu/etc/warren/current/authorized_keys/hula");
    const line = await until(() => {
      const text = existsSync(lines) ? readFileSync(lines, "utf8") : "";
      return text.includes(body) ? text : undefined;
    });
    expect(line).toContain(
      'restrict,port-forwarding,permitlisten="127.0.0.1:61333",permitopen="127.0.0.1:61333"',
    );
  });

  it("refuses a stranger's, with the line of realm.yaml", async () => {
    const { number } = await sandbox.api<{ number: number }>("eve", "POST", "/issues", {
      title: "334.hula.atlas.sshkey.pub",
      body: KEYS[1],
    });
    expect(await decided(number)).toMatch(/\*\*Refused\.\*\*[\s\S]*no rule lets eve[\s\S]*realm\.yaml#L\d+/);
  });

  it("prints one line of what a script needs", () => {
    expect(sandbox.ready).toEqual({
      forge: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      repository: "wildlife/atlas",
      iot: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      broker: expect.stringMatching(/^mqtts:\/\/127\.0\.0\.1:\d+$/),
      proxy: { host: "127.0.0.1", port: expect.any(Number) },
      dir: expect.stringContaining("warren-"),
    });
  });

  it("leaves no process and no folder behind after SIGTERM", () => endsCleanly(sandbox, "SIGTERM"), 120_000);
});

/** Ends it by a signal, as its user would. */
async function endsCleanly(sandbox: RunningSandbox, signal: NodeJS.Signals): Promise<void> {
  expect(processesThatName(sandbox.ready.dir).length).toBeGreaterThan(0);
  expect(await sandbox.end(signal)).toEqual([0, null]);
  expect(existsSync(sandbox.ready.dir)).toBe(false);
  await nobodyNames(sandbox.ready.dir);
}

/** A process that was told to end, or whose parent has, may take a moment for it; 5 s at most. */
async function nobodyNames(dir: string): Promise<void> {
  const began = performance.now();
  await until(() => (processesThatName(dir).length === 0 ? true : undefined));
  expect(performance.now() - began).toBeLessThan(5000);
}

describe("a sandbox that ends", () => {
  it("takes its children with it even when killed; the next one sweeps its folder, and leaves none after SIGINT", async () => {
    const killed = await RunningSandbox.start();
    await killed.end("SIGKILL");
    await nobodyNames(killed.ready.dir);
    expect(existsSync(killed.ready.dir)).toBe(true);
    const next = await RunningSandbox.start();
    expect(existsSync(killed.ready.dir)).toBe(false);
    await endsCleanly(next, "SIGINT");
  }, 120_000);
});

describe("warren --help", () => {
  it("lists every command", () => {
    const help = execFileSync(process.execPath, ["dist/warren.js", "--help"], { encoding: "utf8" });
    for (const command of [
      "sandbox",
      "validate",
      "decide",
      "render",
      "enroll",
      "connect",
      "exec",
      "list",
      "ssh-config",
    ]) {
      expect(help).toContain(`  ${command} `);
    }
  });
});
