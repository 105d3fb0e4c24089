import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { processesThatName, until } from "../made/running-sandbox.ts";
import { WARREN } from "./controller-account.ts";
import { type ManyDevices, startManyDevices } from "./many-devices.ts";
import { canHost } from "./stock-host.ts";

(canHost() ? describe : describe.skip)("exec on devices whose tunnels lead to OpenSSH's sshd", () => {
  let realm: ManyDevices;
  const exec = (...words: readonly string[]) => realm.warren("exec", ...words);
  const sorted = (text: string) => text.split("\n").filter(Boolean).sort();

  beforeAll(async () => {
    realm = await startManyDevices(5, 1);
  }, 60_000);
  afterAll(() => realm.close());

  it("puts each line behind its device's name, and takes controls out of it", async () => {
    const { status, stdout } = await exec("d0", "d1", "--", "printf 'a\\033]0;x\\007\\nb\\n'");
    expect(sorted(stdout)).toEqual([
      "d0.hula.atlas: a",
      "d0.hula.atlas: b",
      "d1.hula.atlas: a",
      "d1.hula.atlas: b",
    ]);
    expect(status).toBe(0);
  });

  it("leaves controls in with --raw", async () => {
    expect(await exec("d0", "--raw", "--", "printf '\\033[31mred\\n'")).toMatchObject({
      stdout: "d0.hula.atlas: \u001b[31mred\n",
    });
  });

  it("names a device without a tunnel, and does the work on the others", async () => {
    const { status, stdout, stderr } = await exec("hula", "--", "echo here");
    expect(sorted(stdout)).toEqual([0, 1, 2, 3].map((n) => `d${n}.hula.atlas: here`));
    expect(stderr).toContain("d4.hula.atlas does not answer: its tunnel is down\n");
    expect(stderr).toContain("warren: 4 of 5 devices went well; 1 not reached: d4.hula.atlas\n");
    expect(status).toBe(1);
  });

  it("ends with 3 where no device was reached", async () => {
    expect(await exec("d4", "--", "true")).toMatchObject({ status: 3 });
  });

  it("tells a command that ends with 255 from an ssh that failed", async () => {
    const { status, stdout } = await exec("d0", "d4", "--json", "--", "exit 255");
    expect(sorted(stdout).map((line) => JSON.parse(line))).toEqual([
      { computer: "d0.hula.atlas", outcome: "done", status: 255, stdout: "", stderr: "" },
      {
        computer: "d4.hula.atlas",
        outcome: "not-reached",
        failure: { code: "unavailable", message: expect.stringContaining("d4.hula.atlas does not answer") },
        stdout: "",
        stderr: expect.any(String),
      },
    ]);
    expect(status).toBe(1);
  });

  it("shows the same output once with --group", async () => {
    const { stdout } = await exec("d0", "d1", "d2", "--group", "--", "echo same; echo bad >&2; exit 3");
    expect(stdout).toMatch(
      /^--- d0\.hula\.atlas, d1\.hula\.atlas, d2\.hula\.atlas \(3 devices\): exit status 3\n(same\nbad|bad\nsame)\n$/,
    );
  });

  it("takes targets from a file, and its mistakes have places", async () => {
    const file = join(realm.folder, "targets");
    await writeFile(file, "# some\nd0\n  d1 # and this\n");
    expect(sorted((await exec(`@${file}`, "--", "echo hi")).stdout)).toHaveLength(2);
    await writeFile(file, "d0\n nobody\nnone\n");
    expect(await exec(`@${file}`, "--", "true")).toMatchObject({
      status: 2,
      stdout: "",
      stderr: `warren: ${file}:2:2 no device "nobody" in hula.atlas (warren list shows all)\n${file}:3:1 no device "none" in hula.atlas (warren list shows all)\n`,
    });
  });

  it("gives each device the same file to read, and nothing without one", async () => {
    const file = join(realm.folder, "input");
    await writeFile(file, "from a file\n");
    const { stdout } = await exec("d0", "d1", "--stdin", file, "--", "cat");
    expect(sorted(stdout)).toEqual(["d0.hula.atlas: from a file", "d1.hula.atlas: from a file"]);
    expect(await exec("d0", "--", "cat")).toMatchObject({ status: 0, stdout: "" });
    expect(await exec("d0", "--stdin", "/nonexistent", "--", "cat")).toMatchObject({ status: 2 });
  });

  it("gives one device what comes through a pipe, and takes none that could hold it up", async () => {
    const piped = ["-c", 'echo piped | "$@"', "sh", process.execPath, WARREN, "exec", "d0"];
    const input = ["--stdin", "/dev/stdin", "--", "cat"];
    const env = { ...realm.env };
    expect(await run("sh", [...piped, ...input], { timeout: 20_000, env })).toMatchObject({
      stdout: "d0.hula.atlas: piped\n",
    });
    expect(await run("sh", [...piped, "d1", ...input], { timeout: 20_000, env })).toMatchObject({
      status: 2,
      stderr: "warren: /dev/stdin is a pipe, which one device alone can read; name a file\n",
    });
    const pipe = join(realm.folder, "pipe");
    await run("mkfifo", [pipe], { timeout: 5_000 });
    expect(await exec("d0", "--stdin", pipe, "--", "cat")).toMatchObject({
      status: 2,
      stderr: `warren: ${pipe} is a pipe, and perhaps nobody writes into it; name a file\n`,
    });
    expect(await exec("d0", "--stdin", "/proc", "--", "cat")).toMatchObject({
      status: 2,
      stderr: "warren: /proc is a folder; name a file\n",
    });
  });

  it("begins no other wave after a failure, and says who was not tried", async () => {
    const { status, stderr } = await exec("d0", "d1", "d2", "d3", "--wave", "50%", "--", "exit 1");
    expect(stderr).toContain(
      "2 failed: d0.hula.atlas, d1.hula.atlas; 2 not tried: d2.hula.atlas, d3.hula.atlas",
    );
    expect(status).toBe(1);
  });

  it("ends a session that takes too long, and with a terminal what runs in it", async () => {
    const { status, stderr } = await exec("d0", "--timeout", "1", "--tty", "--", "sleep 313131313");
    expect(stderr).toContain("d0.hula.atlas: no end within 1 s");
    expect(status).toBe(1);
    await until(() => (processesThatName("313131313").length === 0 ? true : undefined));
  });

  it("goes on elsewhere where a session that takes too long can't be ended, for nothing there has a terminal", async () => {
    const { status, stderr } = await exec("d0", "d1", "--timeout", "1", "--", "exec sleep 6");
    expect(stderr).toContain("0 of 2 devices went well; 2 failed: d0.hula.atlas, d1.hula.atlas");
    expect(status).toBe(1);
  });

  it("ends every ssh where its reader has seen enough", async () => {
    const child = realm.start("exec", "d0", "d1", "--tty", "--", "echo a; sleep 1; echo b; sleep 343434343");
    child.stdout?.once("data", () => child.stdout?.destroy());
    await once(child, "exit");
    await until(() => (processesThatName("343434343").length === 0 ? true : undefined));
  });

  it("ends everything on Ctrl-C, says where each stood, and exits with 130", async () => {
    const child = realm.start(
      "exec",
      "d0",
      "d1",
      "d2",
      "--parallel",
      "2",
      "--tty",
      "--",
      "echo on; sleep 323232323",
    );
    const said = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk: Buffer) => {
      said.stdout += chunk.toString("utf8");
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      said.stderr += chunk.toString("utf8");
    });
    await until(() => (said.stdout.split("on\n").length === 3 ? true : undefined));
    const ended = once(child, "close");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(said.stderr).toContain("2 interrupted: d0.hula.atlas, d1.hula.atlas; 1 not tried: d2.hula.atlas");
    await until(() => (processesThatName("323232323").length === 0 ? true : undefined));
  });
});
