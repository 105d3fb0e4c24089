import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { policyDocuments } from "../../core/iot/policy.ts";
import { type Broker, startBroker } from "../../sandbox/broker/broker.ts";
import { ACCOUNT, Iot } from "../../sandbox/iot/iot.ts";
import { type Making, makeCsr, OID, pemOf, subjectOf } from "../core/made-csr.ts";
import { realm } from "../fixtures/people.ts";

const REGION = "eu-central-1";
const SUFFIX = ".hula.atlas.tunnels.example.org";
const topic = (computer: string, leaf: string, system = "hula") =>
  `atlas/${system}/${computer}/tunnel/${leaf}`;

interface Identity {
  readonly clientId: string;
  readonly certificate: string;
  readonly key: string;
  readonly cert: string;
}

describe("the broker of the sandbox", () => {
  let folder: string;
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
    broker = await startBroker({ iot, ca, lingering: 20 });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });

  afterAll(async () => {
    await broker.close();
    await rm(folder, { recursive: true });
  });

  async function identity(
    name: string,
    { system = "hula", active = true, subject = undefined as Making["subject"] } = {},
  ) {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const clientId = `${name}.${system}.atlas.tunnels.example.org`;
    const csr = makeCsr({ keys, subject: subject ?? subjectOf(clientId, name, system) });
    const { id, arn, pem } = await iot.createCertificateFromCsr(pemOf(csr), active);
    iot.attachPolicy(name.startsWith("controller") ? "tunnel.controller" : "tunnel.target", arn);
    const key = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { clientId, certificate: id, key, cert: pem };
  }

  /** A client that tries once. */
  function dial({ clientId, key, cert }: Partial<Identity>, options: IClientOptions = {}): MqttClient {
    const client = mqtt.connect(`mqtts://127.0.0.1:${broker.port}`, {
      ...(clientId === undefined ? {} : { clientId }),
      ...(key === undefined ? {} : { key }),
      ...(cert === undefined ? {} : { cert }),
      ca: ca.certPem,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    });
    client.on("error", () => {});
    clients.push(client);
    return client;
  }

  async function connect(who: Identity, options?: IClientOptions): Promise<MqttClient> {
    const client = dial(who, options);
    if ((await outcome(client)) !== "connected") throw new Error(`${who.clientId} was refused`);
    return client;
  }

  const outcome = (client: MqttClient): Promise<"connected" | "refused"> =>
    new Promise((resolve) => {
      client.once("connect", () => resolve("connected"));
      client.once("close", () => resolve("refused"));
    });

  const closing = (client: MqttClient): Promise<"closed"> =>
    new Promise((resolve) => client.once("close", () => resolve("closed")));

  const message = (client: MqttClient): Promise<string> =>
    new Promise((resolve) => client.once("message", (_, payload) => resolve(payload.toString())));

  /** Acknowledged before it is judged is not taken yet: so a second question must be answered as well. */
  const publish = (client: MqttClient, name: string, retain = false): Promise<"taken" | "closed"> =>
    Promise.race([
      closing(client),
      client
        .publishAsync(name, "connect", { qos: 1, retain })
        .then(() => subscribe(client, "no/such/topic"))
        .then(() => "taken" as const),
    ]);

  const subscribe = (client: MqttClient, filter: string): Promise<"granted" | "refused"> =>
    client.subscribeAsync(filter, { qos: 1 }).then(
      () => "granted",
      () => "refused",
    );

  it("carries a controller's wake-up to the device, and the device's state back", async () => {
    const [device, controller] = await Promise.all([identity("333"), identity("controller-a")]);
    const [theirs, ours] = await Promise.all([connect(device), connect(controller)]);
    expect(await subscribe(theirs, topic("333", "control"))).toBe("granted");
    expect(await subscribe(ours, topic("333", "state"))).toBe("granted");

    const woken = message(theirs);
    await ours.publishAsync(topic("333", "control"), "connect", { qos: 1 });
    expect(await woken).toBe("connect");
    const told = message(ours);
    await theirs.publishAsync(topic("333", "state"), "connected|port=61333", { qos: 1 });
    expect(await told).toBe("connected|port=61333");
  });

  it("lets a controller hear all devices of its system by one filter, and none of another's", async () => {
    const controller = await connect(await identity("controller-a"));
    expect(await subscribe(controller, topic("+", "state"))).toBe("granted");
    expect(await subscribe(controller, topic("+", "state", "tern"))).toBe("refused");
  });

  it.each([
    ["another device's control", topic("334", "control")],
    ["the same device's in another system", topic("333", "control", "tern")],
    ["its whole system's", topic("+", "control")],
    ["all below itself", "atlas/hula/333/#"],
    ["everything", "#"],
    ["the broker's own", "$SYS/#"],
    ["a shared subscription", `$share/g/${topic("333", "control")}`],
  ])("refuses a device that would hear %s", async (_, filter) => {
    const device = await connect(await identity("333"));
    expect(await subscribe(device, filter)).toBe("refused");
    expect(await subscribe(device, topic("333", "control"))).toBe("granted");
  });

  it.each([
    ["its own state, retained", topic("333", "state"), true],
    ["another device's state", topic("334", "state"), false],
    ["its own control", topic("333", "control"), false],
    ["another system's state", topic("333", "state", "tern"), false],
    ["another realm's state", "other/hula/333/tunnel/state", false],
  ])("ends the connection of a device that says %s, as AWS does", async (_, name, retain) => {
    expect(await publish(await connect(await identity("333")), name, retain)).toBe("closed");
  });

  it("lets a device say its own state and retain its own presence", async () => {
    const device = await connect(await identity("333"));
    expect(await publish(device, topic("333", "state"))).toBe("taken");
    expect(await publish(device, topic("333", "presence"), true)).toBe("taken");
  });

  it("ends the connection of a controller that wakes another system's device, and that device hears nothing", async () => {
    const boat = await connect(await identity("boat", { system: "tern" }));
    await subscribe(boat, topic("boat", "control", "tern"));
    const heard: string[] = [];
    boat.on("message", (_, payload) => heard.push(String(payload)));

    const stranger = await connect(await identity("controller-a"));
    expect(await publish(stranger, topic("boat", "control", "tern"))).toBe("closed");
    const friend = await connect(await identity("controller-b", { system: "tern" }));
    const comes = message(boat);
    await friend.publishAsync(topic("boat", "control", "tern"), "disconnect", { qos: 1 });
    await comes;
    expect(heard).toEqual(["disconnect"]);
  });

  it.each(["334", "controller-a", "333x", "*"])(
    "refuses the client id of %s to 333's certificate",
    async (name) => {
      const device = await identity("333");
      expect(await outcome(dial({ ...device, clientId: `${name}${SUFFIX}` }))).toBe("refused");
    },
  );

  it("refuses a last will on another's topic, and takes one on its own presence", async () => {
    const device = await identity("333");
    const will = (name: string) => ({
      will: { topic: name, payload: Buffer.from("gone"), qos: 1, retain: true } as const,
    });
    expect(await outcome(dial(device, will(topic("334", "presence"))))).toBe("refused");
    expect(await outcome(dial(device, will(topic("333", "state"))))).toBe("refused");
    expect(await outcome(dial(device, will(topic("333", "presence"))))).toBe("connected");
  });

  it("refuses a certificate that is not active yet, one that was deactivated, and one that is gone", async () => {
    const device = await identity("333", { active: false });
    expect(await outcome(dial(device))).toBe("refused");
    iot.updateCertificate(device.certificate, "ACTIVE");
    expect(await outcome(dial(device))).toBe("connected");
    iot.updateCertificate(device.certificate, "INACTIVE");
    expect(await outcome(dial(device))).toBe("refused");
    iot.deleteCertificate(device.certificate, true);
    expect(await outcome(dial(device))).toBe("refused");
  });

  it("ends a session by its client id, at once, and says where there is none", async () => {
    const [device, other] = await Promise.all([identity("333"), identity("334")]);
    const [client, neighbour] = await Promise.all([connect(device), connect(other)]);
    const closed = closing(client);
    iot.deleteConnection(device.clientId);
    await closed;
    expect(await publish(neighbour, topic("334", "state"))).toBe("taken");
    expect(() => iot.deleteConnection(device.clientId)).toThrow("No connection");
  });

  it("ends a live connection some time after its certificate is deactivated, and no other", async () => {
    const [device, other] = await Promise.all([identity("333"), identity("334")]);
    const [client, neighbour] = await Promise.all([connect(device), connect(other)]);
    const closed = closing(client);
    iot.updateCertificate(device.certificate, "INACTIVE");
    await closed;
    expect(await publish(neighbour, topic("334", "state"))).toBe("taken");
  });

  it("takes rights away from a live connection when its policy is detached", async () => {
    const device = await identity("333");
    const client = await connect(device);
    iot.detachPolicy("tunnel.target", iot.describeCertificate(device.certificate).arn);
    expect(await publish(client, topic("333", "state"))).toBe("closed");
  });

  it("refuses a client without a certificate, one of another CA, and one that the service does not know", async () => {
    const device = await identity("333");
    const foreign = await LocalCa.open(join(folder, "foreign"));
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const csr = pemOf(makeCsr({ keys, subject: subjectOf(device.clientId, "333", "hula") }));
    expect(await outcome(dial({ clientId: device.clientId }))).toBe("refused");
    expect(await outcome(dial({ clientId: device.clientId, key, cert: await foreign.sign(csr) }))).toBe(
      "refused",
    );
    expect(await outcome(dial({ clientId: device.clientId, key, cert: await ca.sign(csr) }))).toBe("refused");
  });

  it("refuses a subject that says one thing twice, of which AWS would see the first alone", async () => {
    const clientId = `333${SUFFIX}`;
    const twice = [...subjectOf(clientId, "333", "hula"), [[OID.O, "tern"]]] as const;
    expect(await outcome(dial(await identity("333", { subject: twice })))).toBe("refused");
    const both = [
      [[OID.CN, clientId]],
      [
        [OID.OU, "333"],
        [OID.O, "hula"],
        [OID.O, "tern"],
      ],
    ] as const;
    expect(await outcome(dial(await identity("333", { subject: both })))).toBe("refused");
  });

  it("lets the second client with one id win", async () => {
    const device = await identity("333");
    const first = await connect(device);
    const closed = closing(first);
    const second = await connect(device);
    await closed;
    expect(second.connected).toBe(true);
  });

  it("keeps what is said to a device with a lasting session until it is back", async () => {
    const [device, controller] = await Promise.all([identity("333"), identity("controller-a")]);
    const before = await connect(device, { clean: false });
    await subscribe(before, topic("333", "control"));
    await before.endAsync();
    const ours = await connect(controller);
    await ours.publishAsync(topic("333", "control"), "connect", { qos: 1 });
    const after = dial(device, { clean: false });
    expect(await message(after)).toBe("connect");
  });

  it("gives retained messages to exact filters alone, as AWS does", async () => {
    const [device, controller] = await Promise.all([identity("335"), identity("controller-a")]);
    await publish(await connect(device), topic("335", "presence"), true);
    const ours = await connect(controller);
    const heard: string[] = [];
    ours.on("message", (name) => heard.push(name));
    await subscribe(ours, topic("+", "presence"));
    const comes = message(ours);
    await subscribe(ours, topic("335", "presence"));
    await comes;
    expect(heard).toEqual([topic("335", "presence")]);
  });

  it.each([
    ["QoS 2", topic("333", "state"), "x", 2],
    ["a payload over 128 KiB", topic("333", "state"), "x".repeat(128 * 1024 + 1), 1],
  ] as const)("ends a connection that uses %s, which AWS does not take", async (_, name, payload, qos) => {
    const client = await connect(await identity("333"));
    const closed = closing(client);
    client.publish(name, payload, { qos });
    await closed;
    expect(client.connected).toBe(false);
  });
});
