import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../../adapters/openssh/run.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";
import { hasSshd, startRealDevice } from "./real-device.ts";
import { freePorts } from "./stock-host.ts";

const has = (program: string): boolean => spawnSync("which", [program], { stdio: "ignore" }).status === 0;
const where = (...programs: readonly string[]) => (programs.every(has) ? it : it.skip);
const DEVICE = "333.hula.atlas";
const SIZE = 300_000;

(hasSshd() ? describe : describe.skip)("programs that run on ssh, by what warren ssh-config prints", () => {
  let reached: ReachedDevice;
  let config: string;
  /** Both ends are this machine: what is on the device has a folder of its own. */
  let far: string;
  let near: string;

  const by = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run(program, args, { timeout: 15_000, env: { ...process.env, ...env } });
  const must = async (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const { status, stdout, stderr } = await by(program, args, env);
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status} ${stderr}`);
    return stdout;
  };

  beforeAll(async () => {
    reached = await reachDevice(startRealDevice);
    config = join(reached.realm.folder, "printed");
    [far, near] = [join(reached.realm.folder, "far"), join(reached.realm.folder, "near")];
    await Promise.all([mkdir(far), mkdir(near)]);
    const { stdout, status } = await reached.warren("ssh-config", "--compress");
    expect(status).toBe(0);
    await writeFile(config, stdout);
    await writeFile(join(near, "file"), Buffer.alloc(SIZE, "warren "));
  });
  afterAll(() => reached.close());

  const arrived = async (name: string) => expect((await readFile(join(far, name))).length).toBe(SIZE);

  where("scp")("scp copies there and back", async () => {
    await must("scp", ["-q", "-F", config, join(near, "file"), `${DEVICE}:${far}/scp`]);
    await arrived("scp");
    await must("scp", ["-q", "-F", config, `${DEVICE}:${far}/scp`, join(near, "back")]);
    expect((await readFile(join(near, "back"))).length).toBe(SIZE);
  });

  where("sftp")("sftp runs a batch", async () => {
    await writeFile(join(near, "batch"), `put ${near}/file ${far}/sftp\n`);
    await must("sftp", ["-q", "-F", config, "-b", join(near, "batch"), DEVICE]);
    await arrived("sftp");
  });

  where("rsync")("rsync sends a folder", async () => {
    // The far end is this machine too, but its logins may have another PATH.
    const path = (await must("which", ["rsync"])).trim();
    const how = ["-az", "--rsync-path", path, "-e", `ssh -F ${config}`];
    await must("rsync", [...how, `${near}/file`, `${DEVICE}:${far}/rsync`]);
    await arrived("rsync");
  });

  where("git")("git pushes and clones", async () => {
    const env = { GIT_SSH_COMMAND: `ssh -F ${config}`, GIT_CONFIG_GLOBAL: "/dev/null" };
    const [work, bare] = [join(near, "work"), join(far, "bare.git")];
    await must("git", ["init", "-q", "--bare", "-b", "main", bare], env);
    await must("git", ["init", "-q", "-b", "main", work], env);
    const as = ["-C", work, "-c", "user.name=a", "-c", "user.email=a@example.org"];
    await must("git", [...as, "commit", "-q", "--allow-empty", "-m", "first"], env);
    await must("git", [...as, "push", "-q", `ssh://${DEVICE}${bare}`, "main"], env);
    await must("git", ["clone", "-q", `ssh://${DEVICE}${bare}`, join(near, "clone")], env);
    expect(await must("git", ["-C", join(near, "clone"), "log", "--format=%s"], env)).toBe("first\n");
  });

  it("ssh -J goes on to a host behind the device", async () => {
    const { device, folder } = reached.realm;
    await writeFile(join(folder, "behind"), `[localhost]:${device.port} ${device.hostKey}\n`);
    const file = join(folder, "with-behind");
    const user = userInfo().username;
    const behind = `Host behind\n  HostName localhost\n  Port ${device.port}\n  User ${user}\n  IdentityFile ${folder}/controller\n  UserKnownHostsFile ${folder}/behind\n`;
    await writeFile(file, `Include ${config}\n${behind}`);
    expect(await must("ssh", ["-F", file, "-J", DEVICE, "behind", "echo", "hello"])).toBe("hello\n");
  });

  it("pipes lead to programs on the device, byte for byte", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const child = spawn("ssh", ["-F", config, DEVICE, "cat"], { stdio: ["pipe", "pipe", "ignore"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdin.end(bytes);
    await once(child, "close");
    expect(Buffer.concat(chunks)).toEqual(bytes);
  });

  it("ssh -L, -R and -D listen where they are told", async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const address = echo.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const [one = 0, two = 0, three = 0] = await freePorts(3);
    const ways = [
      "-L",
      `${one}:127.0.0.1:${port}`,
      "-R",
      `127.0.0.1:${two}:127.0.0.1:${port}`,
      "-D",
      `${three}`,
    ];
    const words = `for p in ${one} ${two}; do exec 3<>/dev/tcp/127.0.0.1/$p; echo $p >&3; read -r a <&3; echo $a; done`;
    const ssh = ["-F", config, "-o", "ExitOnForwardFailure=yes", ...ways, DEVICE];
    expect(
      await must("ssh", [...ssh, `bash -c '${words}; exec 3<>/dev/tcp/127.0.0.1/${three} && echo socks'`]),
    ).toBe(`${one}\n${two}\nsocks\n`);
    echo.close();
  });

  where("xauth")("X11 is forwarded where it is asked for, and not otherwise", async () => {
    const env = { DISPLAY: ":77", XAUTHORITY: join(near, "Xauthority"), HOME: near };
    await must("xauth", ["add", ":77", ".", "0123456789abcdef0123456789abcdef"], env);
    const asked = ["-F", config, DEVICE, "echo $DISPLAY"];
    expect(await must("ssh", asked, env)).toBe("\n");
    expect(await must("ssh", ["-Y", ...asked], env)).toMatch(/^(localhost|127\.0\.0\.1):\d+\.0\n$/);
  });
});
