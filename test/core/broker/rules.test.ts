import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type BrokerClient, clientsOf } from "../../../core/broker/clients.ts";
import { emqxFiles } from "../../../core/broker/emqx.ts";
import { type Holders, printHolders, readHolders } from "../../../core/broker/holders-file.ts";
import { aclsOf, rulesFile } from "../../../core/broker/mosquitto-rules.ts";
import { mosquittoSteps } from "../../../core/broker/mosquitto-steps.ts";
import { rabbitmqDefinitions } from "../../../core/broker/rabbitmq.ts";
import { rightsOf } from "../../../core/broker/topics.ts";
import { allows } from "../../../core/iot/evaluation.ts";
import { policyDocuments } from "../../../core/iot/policy.ts";
import {
  clientIdOf,
  parseComputerName,
  parseRealmName,
  parseSystemName,
  roleOf,
} from "../../../core/names.ts";
import { id, madeRealm, madeSystem } from "../../made/access.ts";

const holders = (computers: Holders["computers"], more: Partial<Holders> = {}): Holders => ({
  format: 1,
  realm: "atlas",
  system: "hula",
  clientIdSuffix: ".t.example.org",
  presence: false,
  computers,
  revoked: {},
  ...more,
});
const A = "a".repeat(64);
const B = "b".repeat(64);
const only = (clients: readonly BrokerClient[]): BrokerClient => {
  const [client] = clients;
  if (client === undefined || clients.length !== 1) throw new Error(`${clients.length} clients`);
  return client;
};

describe("rights on a broker of one's own", () => {
  it.each([true, false])("are those that AWS IoT's policies give, presence %s", (presence) => {
    const broker = { type: "mqtt", url: "", ca: "", presence, hosts: [] } as const;
    const realm = madeRealm([madeSystem("hula")], { broker });
    const policies = policyDocuments(realm, { region: "eu-central-1", account: "123456789012" });
    const topics = ["333", "444", "controller1"].flatMap((computer) =>
      ["control", "state", "presence", "other"].flatMap((leaf) => [
        `atlas/hula/${computer}/tunnel/${leaf}`,
        `atlas/tern/${computer}/tunnel/${leaf}`,
      ]),
    );
    const matches = (filter: string, topic: string) =>
      new RegExp(`^${filter.replaceAll("+", "[^/]+")}$`).test(topic);
    for (const name of ["333.hula.atlas", "controller1.hula.atlas"]) {
      const { computer, system } = id(name);
      const role = roleOf(computer);
      const subject = {
        commonName: clientIdOf(id(name), ""),
        organization: system,
        organizationalUnit: computer,
      };
      const may = (action: "iot:Publish" | "iot:Receive", topic: string) =>
        allows([policies[role]], subject, action, `arn:aws:iot:eu-central-1:123456789012:topic/${topic}`);
      const rights = rightsOf(id(name), role, presence);
      for (const topic of topics) {
        expect([topic, rights.says.some((one) => matches(one, topic))]).toEqual([
          topic,
          may("iot:Publish", topic),
        ]);
        expect([topic, rights.hears.some((one) => matches(one, topic))]).toEqual([
          topic,
          may("iot:Receive", topic),
        ]);
      }
    }
  });
});

describe("who holds certificates for a broker", () => {
  it("reads what it prints, byte for byte, and nothing else", () => {
    const text = printHolders(holders({ "333": [A], boat: [A, B] }, { revoked: { "444": [B] } }));
    expect(readHolders(text)).toEqual({
      ok: true,
      value: holders({ "333": [A], boat: [A, B] }, { revoked: { "444": [B] } }),
    });
    for (const other of [
      text.trimEnd(),
      text.replace("  ", " "),
      text.replace('"format": 1', '"format": 1,\n  "x": 1'),
    ])
      expect(readHolders(other).ok).toBe(false);
  });

  it.each([
    ["a name with a wildcard", { "+": [A] }],
    ["a name of several levels", { "333/tunnel": [A] }],
    ["a name with a line end", { "333\nuser": [A] }],
    ["a name with a quote", { '3"33': [A] }],
    ["an id that is none", { "333": ["a".repeat(63)] }],
    ["an id with a pattern", { "333": [`${"a".repeat(63)}*`] }],
    ["no certificate", { "333": [] }],
  ])("refuses %s", (_, computers) => {
    expect(readHolders(printHolders(holders(computers))).ok).toBe(false);
  });

  it("refuses a suffix that would be a pattern", () => {
    for (const clientIdSuffix of [".*", "+", "#", "{client_id}", "\n"])
      expect(readHolders(printHolders(holders({ "333": [A] }, { clientIdSuffix }))).ok).toBe(false);
  });

  it("gives no right to a system or realm that is none, whoever let it through", () => {
    expect(clientsOf([holders({ "333": [A] }, { system: "+" })])).toEqual([]);
    expect(clientsOf([holders({ "333": [A] }, { realm: "#" })])).toEqual([]);
    expect(clientsOf([holders({ "#": [A] })])).toEqual([]);
  });
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const system = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
  .filter((name) => parseSystemName(name).ok);

describe("rules of any names that contracts allow", () => {
  it("hold a RabbitMQ user to literal topics, whatever stands in a name", () => {
    fc.assert(
      fc.property(label, system, label, label, (realm, name, computer, other) => {
        if (
          !parseRealmName(realm).ok ||
          !parseComputerName(computer).ok ||
          roleOf(id(`${computer}.${name}.${realm}`).computer) !== "device"
        )
          return;
        const client = only(clientsOf([holders({ [computer]: [A] }, { realm, system: name })]));
        const { users, permissions } = rabbitmqDefinitions([client]);
        const [topics] = users.topic_permissions;
        const [own] = permissions.permissions;
        const may = (pattern: string | undefined, text: string) => new RegExp(pattern ?? "").test(text);
        const state = (whose: string) => `${realm}.${name}.${whose}.tunnel.state`;
        expect(may(topics?.write, state(computer))).toBe(true);
        expect(may(topics?.write, state(other))).toBe(other === computer);
        for (const key of [
          state("*"),
          state("#"),
          `x${state(computer)}`,
          `${state(computer)}x`,
          state(computer).replaceAll(".", "x"),
        ])
          expect(may(topics?.write, key)).toBe(false);
        const queue = (clientId: string) => `mqtt-subscription-${clientId}qos1`;
        expect(may(own?.configure, queue(client.clientId))).toBe(true);
        for (const clientId of [client.clientId.replace(".", "x"), `${client.clientId}x`, ".*", ""])
          expect(may(own?.configure, queue(clientId))).toBe(false);
      }),
    );
  });

  it("name mosquitto's and EMQX's topics as they are", () => {
    fc.assert(
      fc.property(label, system, label, (realm, name, computer) => {
        if (!parseRealmName(realm).ok || !parseComputerName(computer).ok) return;
        const clients = clientsOf([holders({ [computer]: [A] }, { realm, system: name })]);
        const { roles, clients: named } = JSON.parse(
          rulesFile(clients, { password: "password", salt: new Uint8Array(12) }),
        );
        expect(named).toHaveLength(2);
        expect(roles).toHaveLength(2);
        const settings = { realm, folder: "/f", generation: "/g", port: 1, clientCa: "", clients };
        const acl = emqxFiles(settings).find((file) => file.name === "acl.conf")?.text ?? "";
        expect(acl.split("\n")).toHaveLength(4);
        const levels = only(clients).says.flatMap((topic) => topic.split("/").slice(2, 3));
        expect(levels.every((level) => level === "+" || level === computer)).toBe(true);
      }),
    );
  });
});

describe("mosquitto's steps", () => {
  const clients = clientsOf([holders({ "333": [A], "444": [B] })]);
  const [first, second] = clients;
  if (first === undefined || second === undefined) throw new Error("two clients were made");
  const heldOf = (some: readonly BrokerClient[]) => ({
    clients: new Set(["warren", ...some.map(({ clientId }) => clientId)]),
    roles: new Map([
      ["warren", []] as const,
      ...some.map((client) => [client.clientId, aclsOf(client)] as const),
    ]),
  });

  it("are none where all is as it should be", () => {
    expect(mosquittoSteps(heldOf(clients), clients, new Set())).toEqual([]);
  });

  it("put out first who goes, and touch nobody else", () => {
    expect(mosquittoSteps(heldOf([first]), [second], new Set()).map(({ command }) => command)).toEqual([
      "deleteClient",
      "deleteRole",
      "createRole",
      "createClient",
    ]);
  });

  it("give a new computer its role before it exists", () => {
    expect(mosquittoSteps(heldOf([first]), clients, new Set())).toEqual([
      { command: "createRole", rolename: second.clientId, acls: aclsOf(second) },
      { command: "createClient", username: second.clientId, roles: [{ rolename: second.clientId }] },
    ]);
  });

  it("change a role in place when realm.yaml allows presence", () => {
    const [told] = clientsOf([holders({ "333": [A] }, { presence: true })]);
    if (told === undefined) throw new Error("unreachable");
    expect(mosquittoSteps(heldOf([first]), [told], new Set())).toEqual([
      { command: "modifyRole", rolename: first.clientId, acls: aclsOf(told) },
    ]);
  });

  it("never take away what governs the plugin, and take away every stranger", () => {
    const held = heldOf(clients);
    held.clients.add("operator");
    held.roles.set("operator", []);
    expect(mosquittoSteps(held, clients, new Set())).toEqual([
      { command: "deleteClient", username: "operator" },
      { command: "deleteRole", rolename: "operator" },
    ]);
  });
});
