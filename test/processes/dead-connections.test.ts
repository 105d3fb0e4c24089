import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { leaveShared } from "../../adapters/openssh/shared.ts";
import { CONTROLLER } from "./controller-account.ts";
import { type OpenBroker, startOpenBroker } from "./open-broker.ts";
import { type ReachedDevice, reachDevice } from "./reached-device.ts";
import { type Relay, startRelay } from "./relay.ts";
import { DEVICE, startWokenRealm, type WokenRealm } from "./woken-realm.ts";

/** `warren` gets 30 s here; ssh itself gives a silent connection up after 40. */
describe("a shared connection whose other end has died without a word", () => {
  let broker: OpenBroker;
  let woken: WokenRealm;

  /** The agent and its ssh: the proxy holds their tunnel as if nothing had happened. */
  const signalDevice = (signal: NodeJS.Signals) => {
    const agent = woken.agent().pid ?? 0;
    const children = execFileSync("pgrep", ["-P", String(agent)], { encoding: "utf8" })
      .trim()
      .split("\n");
    for (const pid of [agent, ...children.map(Number)]) process.kill(pid, signal);
  };

  beforeAll(async () => {
    broker = await startOpenBroker();
    const { url, ca, client } = broker;
    const device = { clientId: "device", ...client };
    woken = await startWokenRealm({ url, ca, device, controller: { clientId: "controller", ...client } });
  });
  afterAll(async () => {
    await woken.close();
    await broker.close();
  });

  it("lets connect end all the same, and name the device", async () => {
    expect(await woken.warren("connect", "333", "--", "true")).toMatchObject({ status: 0 });
    signalDevice("SIGSTOP");
    const { status, stderr } = await woken
      .warren("connect", "333", "--", "true")
      .finally(() => signalDevice("SIGCONT"));
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: `warren: device ${DEVICE} does not answer: nothing heard within 10 s\n`,
    });
  }, 60_000);
});

describe("the shared connection to the proxy, died without a word", () => {
  let relay: Relay;
  let reached: ReachedDevice;

  beforeAll(async () => {
    reached = await reachDevice();
    const { realm } = reached;
    relay = await startRelay([realm.proxy.port]);
    const proxy = { ...realm.directory.proxy, port: relay.port };
    await realm.serve({ ...realm.directory, sequence: 2, proxy });
    expect(await reached.warren("list")).toMatchObject({ status: 0 });
    // It was opened where the profile says; the next one's way is the relay.
    await leaveShared(join(reached.env.XDG_CONFIG_HOME ?? "", "warren", CONTROLLER, "s"));
  });
  afterAll(async () => {
    await relay.close();
    await reached.close();
  });

  it.each([
    ["alone", () => reached.warren("list")],
    ["with one to the device", () => reached.warren("connect", "333", "--", "true")],
  ])(
    "%s is done without, sooner than ssh itself would notice",
    async (_, open) => {
      expect(await open()).toMatchObject({ status: 0 });
      relay.forget();
      const ended = await reached.warren("connect", "333", "--", "echo", "hello");
      expect(ended).toMatchObject({ status: 0, stdout: "hello\n" });
    },
    60_000,
  );

  it("is named as the proxy that does not answer where nothing else gets there either", async () => {
    expect(await reached.warren("list")).toMatchObject({ status: 0 });
    relay.forget();
    relay.refuse();
    const { status, stderr } = await reached.warren("connect", "333", "--", "true");
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(/^warren: proxy does not answer/m),
    });
  }, 60_000);
});
