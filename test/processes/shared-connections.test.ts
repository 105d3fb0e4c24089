import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { run } from "../../adapters/openssh/run.ts";
import { CONTROLLER } from "./controller-account.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";
import { hasSshd, startRealDevice } from "./real-device.ts";
import { freePorts } from "./stock-host.ts";

const DEVICE = "333.hula.atlas";
/** The process of the device's sshd that serves the connection: the same for all sessions of one. */
const WHICH = "echo $PPID";

(hasSshd() ? describe : describe.skip)("connections to a device, by what warren ssh-config prints", () => {
  let reached: ReachedDevice;
  let config: string;
  let sockets: string;
  let agent: { readonly SSH_AUTH_SOCK: string };
  let stopAgent: () => void;

  const ssh = (...args: readonly string[]) =>
    run("ssh", ["-F", config, ...args], { timeout: 20_000, env: { ...process.env, ...agent } });
  const said = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await ssh(...args);
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const names = async () => (await readdir(sockets)).filter((name) => name !== "proxy");

  beforeAll(async () => {
    reached = await reachDevice(startRealDevice);
    const { folder } = reached.realm;
    config = join(folder, "printed");
    sockets = join(reached.env.XDG_CONFIG_HOME ?? "", "warren", CONTROLLER, "s");
    await writeFile(config, (await reached.warren("ssh-config")).stdout);
    const socket = join(folder, "agent");
    const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
    stopAgent = () => child.kill();
    await once(child.stdout, "data");
    agent = { SSH_AUTH_SOCK: socket };
    await makeKey(join(folder, "other"));
  });
  afterEach(async () => {
    expect(await reached.warren("disconnect", "333")).toMatchObject({ status: 0, stderr: "" });
    expect(await names()).toEqual([]);
  });
  afterAll(async () => {
    stopAgent();
    await reached.close();
  });

  it("are one, for ssh, scp and warren's own sessions", async () => {
    const first = await said(DEVICE, WHICH);
    expect(await said("-tt", "-q", DEVICE, WHICH)).toBe(first);
    expect(await said("-o", "BatchMode=yes", "-l", accountOf(reached), DEVICE, "--", WHICH)).toBe(first);
    expect((await reached.warren("connect", "333", "--", WHICH)).stdout.trim()).toBe(first);
    expect(await names()).toEqual([expect.stringMatching(/^333\.[0-9a-f]{8}\.[a-z]+$/)]);
  });

  it("are one for a command whose own options look like ssh's", async () => {
    const first = await said(DEVICE, WHICH);
    expect(await said(DEVICE, "sh", "-c", `'${WHICH}'`, "-A", "-L")).toBe(first);
  });

  it("carry no agent that another session asked for", async () => {
    expect(await said("-A", DEVICE, "echo $SSH_AUTH_SOCK")).not.toBe("");
    expect(await said(DEVICE, "echo $SSH_AUTH_SOCK")).toBe("");
    // With a shared one already there, too.
    expect(await said(DEVICE, "-A", "echo $SSH_AUTH_SOCK")).not.toBe("");
    expect(await said("-oForwardAgent=yes", DEVICE, "echo $SSH_AUTH_SOCK")).not.toBe("");
    expect(await said("-tAq", `${accountOf(reached)}@${DEVICE}`, "echo $SSH_AUTH_SOCK")).not.toBe("");
    expect(await said(DEVICE, "echo $SSH_AUTH_SOCK")).toBe("");
  });

  it("share nothing with an ssh that changes what the connection is", async () => {
    const first = await said(DEVICE, WHICH);
    for (const option of ["-C", "-N", "-oHostKeyAlias=333.hula.atlas", "-oforwardagent=no", "-v"]) {
      if (option === "-N") continue;
      expect(await said(option, DEVICE, WHICH)).not.toBe(first);
    }
  });

  it("end with an ssh that forwards a port, and the port with them", async () => {
    const [port = 0] = await freePorts(1);
    const child = spawn(
      "ssh",
      ["-F", config, "-N", "-L", `${port}:127.0.0.1:${reached.realm.device.port}`, DEVICE],
      {
        stdio: "ignore",
      },
    );
    const ended = once(child, "exit");
    while (!(await answers(port))) await pause(20);
    expect(await names()).toEqual([]);
    child.kill();
    await ended;
    expect(await answers(port)).toBe(false);
  });

  it("hold ten sessions; the eleventh and on have connections of their own", async () => {
    const first = await said(DEVICE, WHICH);
    const all = await Promise.all(Array.from({ length: 15 }, () => said(DEVICE, `${WHICH}; sleep 2`)));
    expect(all.filter((one) => one === first).length).toBe(10);
    expect(new Set(all).size).toBe(6);
  });

  it("end with the connection to the proxy, as when a controller is revoked", async () => {
    await said(DEVICE, "true");
    expect(await names()).toEqual([expect.stringMatching(/^333\.[0-9a-f]{8}\.[a-z]+$/)]);
    await ssh("-O", "exit", "_proxy.hula.atlas");
    while ((await names()).length > 0) await pause(20);
    expect(await said(DEVICE, "echo again")).toBe("again");
  });
});

const accountOf = ({ realm }: ReachedDevice): string => realm.directory.login[0] ?? "";

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
