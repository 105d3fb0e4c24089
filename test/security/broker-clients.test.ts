import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import mqtt, { type MqttClient } from "mqtt";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { policyDocuments } from "../../core/iot/policy.ts";
import { startKeeper, step } from "../../core/tunnel/leases.ts";
import { parseControl } from "../../core/tunnel/messages.ts";
import { type Broker, startBroker } from "../../sandbox/broker/broker.ts";
import { ACCOUNT, Iot } from "../../sandbox/iot/iot.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { realm } from "../fixtures/people.ts";

const REGION = "eu-central-1";

let folder = "";
let ca: LocalCa;
let iot: Iot;
let broker: Broker;
const clients: MqttClient[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  ca = await LocalCa.open(join(folder, "ca"));
  iot = new Iot({ ca, region: REGION, now: () => new Date() });
  const { device, controller } = policyDocuments(realm, { region: REGION, account: ACCOUNT });
  iot.createPolicy("tunnel.target", JSON.stringify(device));
  iot.createPolicy("tunnel.controller", JSON.stringify(controller));
  broker = await startBroker({ iot, ca });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.endAsync(true)));
  await broker.close();
  await rm(folder, { recursive: true });
});

/** A computer with a certificate of its own, connected as `as`, itself unless said otherwise. */
async function computer(name: string, system = "hula", as = name): Promise<MqttClient | undefined> {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const idOf = (one: string) => `${one}.${system}.atlas.tunnels.example.org`;
  const csr = makeCsr({ keys, subject: subjectOf(idOf(name), name, system) });
  const { arn, pem } = await iot.createCertificateFromCsr(pemOf(csr), true);
  iot.attachPolicy(name.startsWith("controller") ? "tunnel.controller" : "tunnel.target", arn);
  const client = mqtt.connect(`mqtts://127.0.0.1:${broker.port}`, {
    clientId: idOf(as),
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem,
    ca: ca.certPem,
    protocolVersion: 4,
    reconnectPeriod: 0,
  });
  client.on("error", () => {});
  clients.push(client);
  return new Promise((resolve) => {
    client.once("connect", () => resolve(client));
    client.once("close", () => resolve(undefined));
  });
}

/** The broker closes the connection of whoever may not. A second question tells that the first was judged. */
async function publishes(client: MqttClient | undefined, topic: string, payload: string): Promise<boolean> {
  if (client === undefined) return false;
  const closed = new Promise<false>((resolve) => client.once("close", () => resolve(false)));
  const taken = client
    .publishAsync(topic, payload, { qos: 1 })
    .then(() => client.subscribeAsync("no/such/topic", { qos: 1 }))
    .catch(() => [])
    .then(() => client.connected);
  return Promise.race([closed, taken]);
}

const hears = async (client: MqttClient | undefined, filter: string): Promise<boolean> =>
  client !== undefined &&
  (await client.subscribeAsync(filter, { qos: 1 }).then(
    () => true,
    () => false,
  ));

const topic = (name: string, leaf: string, system = "hula") => `atlas/${system}/${name}/tunnel/${leaf}`;

describe("someone on the broker", () => {
  it("may do what is theirs: the tests below can fail", async () => {
    expect(await publishes(await computer("333"), topic("333", "state"), "disconnected")).toBe(true);
    expect(await publishes(await computer("controller-a"), topic("333", "control"), "connect")).toBe(true);
    expect(await hears(await computer("333"), topic("333", "control"))).toBe(true);
  });

  it("answers not for another's device", async () => {
    expect(await publishes(await computer("334"), topic("333", "state"), "connected|port=22")).toBe(false);
    expect(await publishes(await computer("controller-a"), topic("333", "state"), "connected|port=22")).toBe(
      false,
    );
  });

  it("wakes no other system's device, and as a device none at all", async () => {
    expect(await publishes(await computer("controller-a", "tern"), topic("333", "control"), "connect")).toBe(
      false,
    );
    expect(await publishes(await computer("334"), topic("333", "control"), "connect")).toBe(false);
  });

  it("listens to no other system, and to no device but its own as a device", async () => {
    expect(await hears(await computer("controller-a", "tern"), topic("333", "state"))).toBe(false);
    expect(await hears(await computer("334"), topic("333", "control"))).toBe(false);
    for (const filter of ["#", "atlas/#", "+/+/+/tunnel/control", "$SYS/#"]) {
      expect(await hears(await computer("334"), filter)).toBe(false);
    }
  });

  it("takes nobody's place by naming them as its client id", async () => {
    expect(await computer("334", "hula", "333")).toBeUndefined();
  });

  it("steers no tunnel by what a message says: the device opens its own, or none", () => {
    const words = ["connect|host=evil.example|port=22", "connect|v=2|id=a|seq=1|ttl=60|proxy=evil.example"];
    for (const payload of words) {
      const keeper = step(
        startKeeper(true, 0),
        { kind: "broker-online" },
        { port: 61333, boot: "b" },
        0,
      ).state;
      const heard = { kind: "heard", message: parseControl(payload) } as const;
      const { effects } = step(keeper, heard, { port: 61333, boot: "b" }, 0);
      expect(effects.filter(({ kind }) => kind === "open")).toEqual([{ kind: "open" }]);
    }
  });
});
