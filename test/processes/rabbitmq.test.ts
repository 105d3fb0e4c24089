import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LONG } from "../made/long.ts";
import { type BrokerIdentities, type BrokerIdentity, makeIdentities } from "./broker-identities.ts";
import { CONTROLLER } from "./controller-account.ts";
import { plainController } from "./plain-peer.ts";
import { hasRabbitMq, type RabbitMq, startRabbitMq } from "./rabbitmq.ts";
import { type Relay, startRelay } from "./relay.ts";
import { DEVICE, type RealmBroker, startWokenRealm, topicsOf, type WokenRealm } from "./woken-realm.ts";

(hasRabbitMq() ? describe : describe.skip)("a realm whose broker is RabbitMQ, by mutual TLS", () => {
  let folder: string;
  let identities: BrokerIdentities;
  let who: Pick<RealmBroker, "device" | "controller">;
  /** Another controller, whose program is of the older kind. */
  let older: BrokerIdentity;
  const open: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    identities = await makeIdentities(folder);
    const [device, controller] = await Promise.all([identities.of(DEVICE), identities.of(CONTROLLER)]);
    who = { device, controller };
    older = await identities.of("controller-b.hula.atlas");
  });
  afterEach(async () => {
    const ended = [];
    // The brokers come last, and whatever fails before them.
    for (const one of open.splice(0).reverse()) ended.push(...(await Promise.allSettled([one.close()])));
    await rm(folder, { recursive: true });
    expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
  });

  const kept = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    open.push(one);
    return one;
  };
  const startNodes = async (count: number): Promise<RabbitMq> => {
    const nodes = await startRabbitMq(
      join(folder, "broker"),
      count,
      identities,
      topicsOf(who.device, who.controller, older),
    );
    open.push({ close: nodes.stop });
    return nodes;
  };
  const hello = { status: 0, stdout: "hello\n" };
  const connects = async (woken: WokenRealm) =>
    expect(await woken.warren("connect", "333", "--", "echo", "hello")).toMatchObject(hello);

  it("wakes the device by one node", async () => {
    const { ports } = await startNodes(1);
    const url = `mqtts://127.0.0.1:${ports[0]}`;
    await connects(await kept(startWokenRealm({ url, ca: identities.ca, ...who })));
  }, 120_000);

  (LONG ? it : it.skip)(
    "goes on, and loses no word, when one of three nodes is killed during use",
    async () => {
      const nodes = await startNodes(3);
      const [ofDevice, ofController]: Relay[] = await Promise.all(
        // As a load balancer has it: the device comes to the first node, the controller to the second.
        [nodes.ports, [...nodes.ports.slice(1), ...nodes.ports.slice(0, 1)]].map((ports) =>
          kept(startRelay(ports)),
        ),
      );
      const url = `mqtts://127.0.0.1:${ofController?.port}`;
      const urlOfDevice = `mqtts://127.0.0.1:${ofDevice?.port}`;
      const woken = await kept(startWokenRealm({ url, urlOfDevice, ca: identities.ca, ...who }));
      await connects(woken);
      const peer = await kept(
        plainController({ url, ca: identities.ca, who: older, topics: "atlas/hula/333/tunnel" }),
      );
      ofDevice?.cut();
      await Promise.all([nodes.kill(0), peer.say("connect")]);
      ofDevice?.mend();
      await peer.state("connected");
      await connects(woken);
    },
    300_000,
  );
});
