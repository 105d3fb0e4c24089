import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type SandboxDevice, startDevice } from "../../sandbox/devices/device.ts";

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("a device of the sandbox, reached by the system's own ssh", () => {
  let folder: string;
  let device: SandboxDevice;
  let key: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    [key, device] = await Promise.all([
      makeKey(join(folder, "identity")),
      startDevice({ id: "333.hula.atlas", folder: join(folder, "333"), accounts: ["atlas"] }),
    ]);
    await writeFile(join(folder, "known_hosts"), `[127.0.0.1]:${device.port} ${device.hostKey}\n`);
  });

  afterAll(async () => {
    await device.close();
    await rm(folder, { recursive: true });
  });

  const authorize = (...lines: string[]): Promise<void> =>
    writeFile(device.authorizedKeys.atlas ?? "", lines.map((line) => `${line}\n`).join(""));

  const sshOptions = (): string[] => {
    const options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "LogLevel=ERROR"];
    const files = [`UserKnownHostsFile=${folder}/known_hosts`, `IdentityFile=${folder}/identity`];
    const all = [...options, ...files].flatMap((option) => ["-o", option]);
    return ["-F", "none", ...all, "-p", String(device.port)];
  };

  const ssh = (args: readonly string[], input = ""): Promise<Ended> =>
    new Promise((resolve) => {
      const child = execFile("ssh", [...sshOptions(), ...args], (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
      child.stdin?.end(input);
    });

  it("runs commands as the account, in the device's own home", async () => {
    await authorize(`from="127.0.0.1,::1" ${key} controller-a.hula.atlas`);
    const ended = await ssh(
      ["atlas@127.0.0.1", "echo $USER $WARREN_DEVICE $HOSTNAME; pwd; cat; echo oops >&2; exit 7"],
      "in",
    );
    expect(ended).toEqual({
      status: 7,
      stdout: `atlas 333.hula.atlas 333\n${join(folder, "333", "home")}\nin`,
      stderr: "oops\n",
    });
  });

  it("passes nothing of the sandbox's environment on", async () => {
    await authorize(key);
    const { stdout } = await ssh(["atlas@127.0.0.1", "env"]);
    expect(stdout).not.toMatch(/NODE|npm_|JEST/);
  });

  it("gives a terminal to who asks for one", async () => {
    await authorize(key);
    const { stdout } = await ssh(["-tt", "atlas@127.0.0.1", "test -t 1 && echo terminal"]);
    expect(stdout.trim()).toBe("terminal");
  });

  it.each([
    ["another account", "root", (line: string) => line],
    ["another address", "atlas", (line: string) => `from="192.0.2.1" ${line}`],
    [
      "a key whose end has come",
      "atlas",
      (line: string) => `from="127.0.0.1",expiry-time="20250101000000Z" ${line}`,
    ],
    ["options it does not know", "atlas", (line: string) => `environment="A=b" ${line}`],
    ["no line at all", "atlas", () => "# nobody"],
  ])("refuses %s", async (_, account, lineFrom) => {
    await authorize(lineFrom(key));
    const { status, stderr } = await ssh([`${account}@127.0.0.1`, "true"]);
    expect(status).toBe(255);
    expect(stderr).toContain("Permission denied");
  });

  it("ends a command with the connection that started it", async () => {
    await authorize(key);
    const client = spawn("ssh", [...sshOptions(), "atlas@127.0.0.1", "echo $$; exec sleep 60"]);
    const [line] = await once(createInterface({ input: client.stdout }), "line");
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    client.kill("SIGKILL");
    while (isAlive(pid)) await setImmediate();
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
