import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { allows, type IotAction, type PolicySubject } from "../../../core/iot/evaluation.ts";
import { LONGEST_POLICY, type PolicyDocument, policyDocuments } from "../../../core/iot/policy.ts";
import { type Realm, readRealm } from "../../../core/realm/realm.ts";

const where = { region: "eu-central-1", account: "123456789012" };
const arn = (name: string) => `arn:aws:iot:eu-central-1:123456789012:${name}`;

function exampleRealm(change: (text: string) => string = (text) => text): Realm {
  const read = readRealm(
    change(readFileSync(new URL("../../../realm.yaml", import.meta.url), "utf8")),
    "realm.yaml",
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.realm;
}

const documents = policyDocuments(exampleRealm(), where);
const subjectOf = (computer: string, system = "hula"): PolicySubject => ({
  commonName: `${computer}.${system}.atlas.tunnels.example.org`,
  organizationalUnit: computer,
  organization: system,
});
const device = subjectOf("333");
const controller = subjectOf("controller-a");

type Case = readonly [IotAction, string];

describe("the policy of devices", () => {
  const may = (action: IotAction, resource: string, subject = device) =>
    allows([documents.device], subject, action, arn(resource));

  it.each<Case>([
    ["iot:Connect", "client/333.hula.atlas.tunnels.example.org"],
    ["iot:Subscribe", "topicfilter/atlas/hula/333/tunnel/control"],
    ["iot:Receive", "topic/atlas/hula/333/tunnel/control"],
    ["iot:Publish", "topic/atlas/hula/333/tunnel/state"],
    ["iot:Publish", "topic/atlas/hula/333/tunnel/presence"],
    ["iot:RetainPublish", "topic/atlas/hula/333/tunnel/presence"],
  ])("allows %s on its own %s", (action, resource) => {
    expect(may(action, resource)).toBe(true);
  });

  it.each<Case>([
    ["iot:Connect", "client/334.hula.atlas.tunnels.example.org"],
    ["iot:Connect", "client/333.hula.atlas.tunnels.example.org2"],
    ["iot:Connect", "client/333-hula.atlas.tunnels.example.org"],
    ["iot:Connect", "client/"],
    ["iot:Connect", "client/*"],
    ["iot:Connect", "client/x:client/333.hula.atlas.tunnels.example.org"],
    ["iot:Connect", "topic/333.hula.atlas.tunnels.example.org"],
    ["iot:Subscribe", "topicfilter/atlas/hula/334/tunnel/control"],
    ["iot:Subscribe", "topicfilter/atlas/tern/333/tunnel/control"],
    ["iot:Subscribe", "topicfilter/other/hula/333/tunnel/control"],
    ["iot:Subscribe", "topicfilter/atlas/hula/+/tunnel/control"],
    ["iot:Subscribe", "topicfilter/atlas/hula/333/tunnel/+"],
    ["iot:Subscribe", "topicfilter/atlas/hula/333/#"],
    ["iot:Subscribe", "topicfilter/#"],
    ["iot:Subscribe", "topicfilter/+/+/+/tunnel/control"],
    ["iot:Subscribe", "topicfilter/$share/g/atlas/hula/333/tunnel/control"],
    ["iot:Subscribe", "topicfilter/atlas/hula/333/tunnel/state"],
    ["iot:Subscribe", "topicfilter/ATLAS/hula/333/tunnel/control"],
    ["iot:Subscribe", "topic/atlas/hula/333/tunnel/control"],
    ["iot:Receive", "topic/atlas/hula/334/tunnel/control"],
    ["iot:Receive", "topicfilter/atlas/hula/333/tunnel/control"],
    ["iot:Publish", "topic/atlas/hula/333/tunnel/control"],
    ["iot:Publish", "topic/atlas/hula/334/tunnel/state"],
    ["iot:Publish", "topic/atlas/tern/333/tunnel/state"],
    ["iot:Publish", "topic/atlas/hula/333/tunnel/state/"],
    ["iot:Publish", "topic/atlas/hula/333/x/tunnel/state"],
    ["iot:Publish", "topic/x:topic/atlas/hula/333/tunnel/state"],
    ["iot:Publish", "topic/$aws/things/333/shadow/update"],
    ["iot:RetainPublish", "topic/atlas/hula/333/tunnel/state"],
    ["iot:RetainPublish", "topic/atlas/hula/334/tunnel/presence"],
  ])("does not allow %s on %s", (action, resource) => {
    expect(may(action, resource)).toBe(false);
  });

  it("is of one region and one account", () => {
    const topic = "topic/atlas/hula/333/tunnel/state";
    const elsewhere = [
      `arn:aws:iot:us-east-1:123456789012:${topic}`,
      `arn:aws:iot:eu-central-1:210987654321:${topic}`,
      topic,
    ];
    for (const resource of elsewhere) {
      expect(allows([documents.device], device, "iot:Publish", resource)).toBe(false);
    }
  });
});

describe("the policy of controllers", () => {
  const may = (action: IotAction, resource: string) =>
    allows([documents.controller], controller, action, arn(resource));

  it.each<Case>([
    ["iot:Connect", "client/controller-a.hula.atlas.tunnels.example.org"],
    ["iot:Publish", "topic/atlas/hula/333/tunnel/control"],
    ["iot:Publish", "topic/atlas/hula/334/tunnel/control"],
    ["iot:Subscribe", "topicfilter/atlas/hula/333/tunnel/state"],
    ["iot:Subscribe", "topicfilter/atlas/hula/+/tunnel/state"],
    ["iot:Subscribe", "topicfilter/atlas/hula/+/tunnel/presence"],
    ["iot:Receive", "topic/atlas/hula/333/tunnel/state"],
    ["iot:Receive", "topic/atlas/hula/333/tunnel/presence"],
  ])("allows %s on %s", (action, resource) => {
    expect(may(action, resource)).toBe(true);
  });

  it.each<Case>([
    ["iot:Connect", "client/333.hula.atlas.tunnels.example.org"],
    ["iot:Connect", "client/controller-b.hula.atlas.tunnels.example.org"],
    ["iot:Publish", "topic/atlas/tern/boat/tunnel/control"],
    ["iot:Publish", "topic/other/hula/333/tunnel/control"],
    ["iot:Publish", "topic/atlas/hula/333/tunnel/state"],
    ["iot:Publish", "topic/atlas/hula/333/tunnel/presence"],
    ["iot:RetainPublish", "topic/atlas/hula/333/tunnel/control"],
    ["iot:Subscribe", "topicfilter/atlas/tern/+/tunnel/state"],
    ["iot:Subscribe", "topicfilter/atlas/+/+/tunnel/state"],
    ["iot:Subscribe", "topicfilter/atlas/hula/#"],
    ["iot:Subscribe", "topicfilter/atlas/hula/+/tunnel/control"],
    ["iot:Subscribe", "topicfilter/#"],
    ["iot:Receive", "topic/atlas/tern/boat/tunnel/state"],
    ["iot:Receive", "topic/atlas/hula/333/tunnel/control"],
  ])("does not allow %s on %s", (action, resource) => {
    expect(may(action, resource)).toBe(false);
  });
});

describe("policyDocuments", () => {
  it("leaves presence out where realm.yaml does not switch it on", () => {
    const quiet = policyDocuments(
      exampleRealm((text) => text.replace("presence: true", "presence: false")),
      where,
    );
    const presence = arn("topic/atlas/hula/333/tunnel/presence");
    expect(JSON.stringify(quiet)).not.toContain("presence");
    expect(allows([quiet.device], device, "iot:Publish", presence)).toBe(false);
    expect(allows([quiet.device], device, "iot:RetainPublish", presence)).toBe(false);
  });

  it("stays within AWS's length with the longest names", () => {
    const longest = "r".repeat(32);
    const realm = exampleRealm((text) =>
      text.replace("realm: atlas", `realm: ${longest}`).replace(".tunnels.example.org", ".t"),
    );
    for (const document of Object.values(policyDocuments(realm, { ...where, region: "ap-southeast-1" }))) {
      expect(JSON.stringify(document)).toContain(longest);
      expect(JSON.stringify(document).replace(/\s/g, "").length).toBeLessThanOrEqual(LONGEST_POLICY);
    }
  });
});

describe("allows", () => {
  const policy = (...Statement: PolicyDocument["Statement"]): PolicyDocument => ({
    Version: "2012-10-17",
    Statement,
  });
  const topic = arn("topic/a/b/c");

  it("denies by default", () => {
    expect(allows([], device, "iot:Publish", topic)).toBe(false);
    expect(allows([policy()], device, "iot:Publish", topic)).toBe(false);
  });

  it("lets a deny win over any allow, also from another policy", () => {
    const all = policy({ Effect: "Allow", Action: "iot:*", Resource: "*" });
    const none = policy({ Effect: "Deny", Action: "iot:Publish", Resource: arn("topic/a/*") });
    expect(allows([all], device, "iot:Publish", topic)).toBe(true);
    expect(allows([all, none], device, "iot:Publish", topic)).toBe(false);
    expect(allows([none, all], device, "iot:Publish", topic)).toBe(false);
    expect(allows([all, none], device, "iot:Receive", topic)).toBe(true);
  });

  it("lets * span topic levels and ? stand for one character", () => {
    const on = (resource: string) => [
      policy({ Effect: "Allow", Action: "iot:Publish", Resource: arn(resource) }),
    ];
    expect(allows(on("topic/a/*"), device, "iot:Publish", topic)).toBe(true);
    expect(allows(on("topic/a/?/c"), device, "iot:Publish", topic)).toBe(true);
    expect(allows(on("topic/a/??/c"), device, "iot:Publish", topic)).toBe(false);
    expect(allows(on("topic/+/b/c"), device, "iot:Publish", topic)).toBe(false);
    expect(allows(on("topic/a/#"), device, "iot:Publish", topic)).toBe(false);
  });

  it.each(["*", "hul?", "hu$la", "hula+", "#", ""])(
    "does not substitute the value %j, so nothing matches",
    (organization) => {
      const subject = { ...device, organization };
      const topics = [`atlas/${organization}/333/tunnel/state`, "atlas/hula/333/tunnel/state"];
      for (const name of topics) {
        expect(allows([documents.device], subject, "iot:Publish", arn(`topic/${name}`))).toBe(false);
      }
    },
  );

  it("does substitute a slash, as AWS does: so requests must never carry one", () => {
    const subject = { ...device, organization: "hula/333" };
    const resource = arn("topic/atlas/hula/333/333/tunnel/state");
    expect(allows([documents.device], subject, "iot:Publish", resource)).toBe(true);
  });

  it("matches nothing by a variable that it does not know", () => {
    const unknown = policy({
      Effect: "Allow",
      Action: "iot:Publish",
      Resource: arn("topic/$" + "{iot:Connection.Thing.ThingName}*"),
    });
    expect(allows([unknown], device, "iot:Publish", arn("topic/anything"))).toBe(false);
  });

  it("takes access away by a condition, and never gives it", () => {
    const Condition = { Bool: { "iot:Connection.Thing.IsAttached": "true" } };
    const maybe = policy({ Effect: "Allow", Action: "iot:Publish", Resource: "*", Condition });
    const all = policy({ Effect: "Allow", Action: "iot:Publish", Resource: "*" });
    const maybeNot = policy({ Effect: "Deny", Action: "iot:Publish", Resource: "*", Condition });
    expect(allows([maybe], device, "iot:Publish", topic)).toBe(false);
    expect(allows([all, maybeNot], device, "iot:Publish", topic)).toBe(false);
  });
});
