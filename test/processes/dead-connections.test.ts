import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type OpenBroker, startOpenBroker } from "./open-broker.ts";
import { DEVICE, startWokenRealm, type WokenRealm } from "./woken-realm.ts";

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

  it("keeps connect from no answer: the device is named, within 20 s", async () => {
    expect(await woken.warren("connect", "333", "--", "true")).toMatchObject({ status: 0 });
    signalDevice("SIGSTOP");
    const began = performance.now();
    const { status, stderr } = await woken
      .warren("connect", "333", "--", "true")
      .finally(() => signalDevice("SIGCONT"));
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: `warren: device ${DEVICE} does not answer: nothing heard within 10 s\n`,
    });
    expect(performance.now() - began).toBeLessThan(20_000);
  }, 60_000);
});
