import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { profileFrom } from "../../core/computer/enrollment.ts";
import { realm } from "../fixtures/people.ts";
import { good, id } from "../made/access.ts";
import { CONTROLLER } from "./controller-account.ts";
import { type OpenBroker, startOpenBroker } from "./open-broker.ts";
import { DEVICE, startWokenRealm, type WokenRealm } from "./woken-realm.ts";

const isFree = await new Promise<boolean>((resolve) => {
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen(443, "127.0.0.1", () => server.close(() => resolve(true)));
});

(isFree ? describe : describe.skip)("a network that lets nothing out but port 443", () => {
  let broker: OpenBroker;
  let woken: WokenRealm;

  beforeAll(async () => {
    broker = await startOpenBroker({ port: 443, alpn: "x-amzn-mqtt-ca" });
    const { ca, client } = broker;
    const who = (clientId: string) => ({ clientId, ...client });
    woken = await startWokenRealm({
      url: "mqtts://localhost:443",
      ca,
      device: who(DEVICE),
      controller: who(CONTROLLER),
    });
  });
  afterAll(async () => {
    await woken?.close();
    await broker?.close();
  });

  it("is left by agent and controller, which name the protocol and the host as AWS IoT Core wants", async () => {
    const ended = await woken.warren("connect", "333", "--", "echo", "hello");
    expect(ended).toMatchObject({ status: 0, stdout: "hello\n" });
    const greeting = { alpn: "x-amzn-mqtt-ca", host: "localhost" };
    expect(broker.greetings).toEqual([greeting, greeting]);
  });
});

describe("realm.yaml", () => {
  it("says so by the port of its endpoint", () => {
    const { broker } = realm;
    if (broker?.type !== "aws-iot") throw new Error("the example realm has no broker on AWS");
    const behind = { ...realm, broker: { ...broker, endpoint: `${broker.endpoint}:443` } };
    const device = { sshd: { host: "127.0.0.1", port: 22 }, authorizedKeys: {} };
    const profile = good(profileFrom(behind, id(DEVICE), device));
    expect(profile.broker?.url).toBe(`mqtts://${broker.endpoint}:443`);
  });
});
