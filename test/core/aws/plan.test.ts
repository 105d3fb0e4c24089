import { describe, expect, it } from "@jest/globals";
import { type HeldSetup, nameOfStep, planSetup } from "../../../core/aws/plan.ts";
import { differenceOf } from "../../../core/aws/rules.ts";
import { setupOf } from "../../../core/aws/setup.ts";
import { realm } from "../../fixtures/people.ts";

const { broker } = realm;
if (broker?.type !== "aws-iot") throw new Error("the example realm has no broker on AWS");
const role = { name: "warren-atlas", ids: { owner: 1234, repository: 5678 } };
const wanted = setupOf(realm, broker, "123456789012", role);
const [device] = wanted.policies;
if (device === undefined || wanted.role === undefined) throw new Error("nothing is wanted");

const version = (id: number, inForce = false) => ({ id: String(id), inForce });
const held: HeldSetup = {
  policies: new Map(
    wanted.policies.map(({ name, document }) => [
      name,
      { document: JSON.stringify(document), versions: [version(1, true)] },
    ]),
  ),
  provider: { audiences: ["sts.amazonaws.com"] },
  role: { trust: JSON.stringify(wanted.role.trust), permissions: JSON.stringify(wanted.role.permissions) },
  endpoint: broker.endpoint,
};
const nothing: HeldSetup = { policies: new Map(), provider: undefined, role: undefined, endpoint: "x" };
const withPolicy = (policy: Partial<{ document: string; versions: { id: string; inForce: boolean }[] }>) => {
  const before = held.policies.get(device.name);
  if (before === undefined) throw new Error("no such policy");
  return { ...held, policies: new Map([...held.policies, [device.name, { ...before, ...policy }]]) };
};
const wide = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "iot:*", Resource: "*" }],
});

describe("planSetup", () => {
  it("has nothing to do where the account holds what the realm needs", () => {
    expect(planSetup(wanted, held)).toEqual([]);
  });

  it("makes all of it in an account that holds nothing, each with what it allows", () => {
    const steps = planSetup(wanted, nothing);
    expect(steps.map(nameOfStep)).toEqual([
      "create the policy tunnel.target",
      "create the policy tunnel.controller",
      "create the identity provider of GitHub's workflows",
      "create the role warren-atlas",
      "set what the role warren-atlas may do",
    ]);
    expect(steps.every(({ changes }) => changes.length > 0)).toBe(true);
    expect(steps.flatMap(({ changes }) => changes).filter((line) => !line.startsWith("+ "))).toEqual([]);
  });

  it("leaves IAM alone where credentials come from elsewhere", () => {
    const { role: _, ...policiesAlone } = wanted;
    expect(planSetup(policiesAlone, nothing).map((step) => step.do)).toEqual([
      "create-policy",
      "create-policy",
    ]);
  });

  it("shows what a policy that differs loses and gains", () => {
    const [step, ...more] = planSetup(wanted, withPolicy({ document: wide }));
    expect(more).toEqual([]);
    expect(step).toMatchObject({ do: "replace-policy", policy: { name: "tunnel.target" } });
    expect(step).not.toHaveProperty("drop");
    expect(step?.changes).toContain("- allow iot:* *");
    expect(step?.changes.filter((line) => line.startsWith("+ allow iot:Publish "))).toHaveLength(2);
  });

  it("drops the oldest of five versions, and never the one in force", () => {
    const versions = [version(9), version(10), version(2, true), version(11), version(8)];
    const [step] = planSetup(wanted, withPolicy({ document: wide, versions }));
    expect(step).toMatchObject({ drop: "8" });
    expect(step === undefined ? "" : nameOfStep(step)).toContain("its version 8");
  });

  it("mends a role that trusts others, and one that may do more", () => {
    const anyone = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
    });
    const steps = planSetup(wanted, { ...held, role: { trust: anyone, permissions: wide } });
    expect(steps.map((step) => step.do)).toEqual(["set-trust", "set-permissions"]);
    expect(steps[0]?.changes).toContain('- allow sts:AssumeRole by {"AWS":"*"}');
  });

  it("adds AWS to an identity provider that another project made for somebody else", () => {
    const steps = planSetup(wanted, { ...held, provider: { audiences: ["vault"] } });
    expect(steps.map((step) => step.do)).toEqual(["add-audience"]);
  });
});

describe("differenceOf", () => {
  const one = { Effect: "Allow", Action: ["a", "b"], Resource: ["x", "y"] };
  const document = (...Statement: unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });

  it("sees none in another order, another grouping and another key order", () => {
    const apart = ["b", "a"].flatMap((Action) =>
      ["y", "x"].map((Resource) => ({ Resource, Effect: "Allow", Action, Sid: `${Action}${Resource}` })),
    );
    expect(differenceOf(document(...apart), { Statement: [one] })).toEqual([]);
  });

  it.each([
    ["a deny in the place of an allow", { ...one, Effect: "Deny" }],
    ["a condition", { ...one, Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } } }],
    ["a rule turned around", { Effect: "Allow", NotAction: ["a", "b"], Resource: ["x", "y"] }],
    ["a resource turned around", { Effect: "Allow", Action: ["a", "b"], NotResource: ["x", "y"] }],
    ["another principal", { ...one, Principal: "*" }],
  ])("sees %s", (_what, other) => {
    expect(differenceOf(document(other), { Statement: [one] })).not.toEqual([]);
  });

  it("shows a document that it can't read as it is", () => {
    expect(differenceOf("hello", { Statement: [one] })).toContain("- hello");
  });
});
