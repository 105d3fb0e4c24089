import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { permissionDocument, subjectsOf, trustDocument } from "../../../core/aws/role.ts";
import { ANY_ACCOUNT, setupOf } from "../../../core/aws/setup.ts";
import { printTemplate } from "../../../core/aws/templates.ts";
import { policyDocuments } from "../../../core/iot/policy.ts";
import { realm } from "../../fixtures/people.ts";

const where = { region: "eu-central-1", account: "123456789012" };
const ids = { owner: 1234, repository: 5678 };

describe("the role of the workflow", () => {
  it("trusts GitHub's tokens of one environment, in both forms of sub, and no pattern", () => {
    const subjects = subjectsOf("wildlife/atlas", ids);
    expect(subjects).toEqual([
      "repo:wildlife/atlas:environment:warren-process",
      "repo:wildlife@1234/atlas@5678:environment:warren-process",
    ]);
    const [statement, ...more] = trustDocument(where, subjects).Statement;
    expect(more).toEqual([]);
    expect(statement).toMatchObject({
      Action: "sts:AssumeRoleWithWebIdentity",
      Principal: {
        Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
      },
      Condition: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": subjects,
        },
      },
    });
    expect(JSON.stringify(statement)).not.toMatch(/[*?]/);
  });

  it("may make exactly the calls that are made of AWS IoT to sign, list and remove", () => {
    const source = ["certificates.ts", "connections.ts"].map((name) =>
      readFileSync(new URL(`../../../adapters/aws-iot/${name}`, import.meta.url), "utf8"),
    );
    const made = new Set(
      source.flatMap((text) => [...text.matchAll(/new (\w+)Command\(/g)].map(([, name]) => `iot:${name}`)),
    );
    const allowed = permissionDocument(realm, where).Statement.flatMap(({ Action }) => Action);
    expect(allowed.toSorted()).toEqual([...made].toSorted());
  });

  it("is held to the account's certificates and the realm's client ids where AWS knows resources", () => {
    const everywhere = permissionDocument(realm, where).Statement.filter(({ Resource }) => Resource === "*");
    expect(everywhere.flatMap(({ Action }) => Action)).toEqual([
      "iot:CreateCertificateFromCsr",
      "iot:ListCertificates",
    ]);
    expect(
      permissionDocument(realm, where)
        .Statement.map(({ Resource }) => Resource)
        .slice(1),
    ).toEqual([
      "arn:aws:iot:eu-central-1:123456789012:cert/*",
      "arn:aws:iot:eu-central-1:123456789012:client/*.atlas.tunnels.example.org",
    ]);
  });

  it.each([
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
  ])("is written for %s in the ARNs of %s", (region, partition) => {
    const there = { ...where, region };
    const text = JSON.stringify([
      trustDocument(there, []),
      permissionDocument(realm, there),
      policyDocuments(realm, there),
    ]);
    expect(text.match(/arn:[a-z-]+:/g)?.every((arn) => arn === `arn:${partition}:`)).toBe(true);
  });
});

describe("printTemplate", () => {
  const { broker } = realm;
  if (broker?.type !== "aws-iot") throw new Error("the example realm has no broker on AWS");
  const setup = setupOf(realm, broker, ANY_ACCOUNT, { name: "warren-atlas", ids });
  const wanted = setupOf(realm, broker, where.account, { name: "warren-atlas", ids });
  const template = (format: "cloudformation" | "terraform") => JSON.parse(printTemplate(setup, format));

  /** As CloudFormation does. */
  const substituted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(substituted);
    if (typeof value !== "object" || value === null) return value;
    if ("Fn::Sub" in value)
      return String(value["Fn::Sub"]).replace(/\$\{(!?)([^}]*)\}/g, (_, escaped: string, name: string) =>
        escaped === "!" ? `$${`{${name}}`}` : name === "AWS::AccountId" ? where.account : `unknown ${name}`,
      );
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, substituted(one)]));
  };
  /** As Terraform does. */
  const interpolated = (text: string): unknown =>
    JSON.parse(
      text.replace(/(\$?)\$\{([^}]*)\}/g, (_, escaped: string, name: string) => {
        if (escaped !== "") return `$${`{${name}}`}`;
        return name === "data.aws_caller_identity.current.account_id" ? where.account : `unknown ${name}`;
      }),
    );

  it("says in CloudFormation what bootstrap would make, once CloudFormation has filled it in", () => {
    const { DevicePolicy, ControllerPolicy, Role } = template("cloudformation").Resources;
    expect(
      [DevicePolicy, ControllerPolicy].map(({ Properties }) => ({
        name: Properties.PolicyName,
        document: substituted(Properties.PolicyDocument),
      })),
    ).toEqual(wanted.policies);
    const { RoleName, AssumeRolePolicyDocument, Policies } = Role.Properties;
    expect({
      name: RoleName,
      trust: substituted(AssumeRolePolicyDocument),
      permissions: substituted(Policies[0].PolicyDocument),
    }).toEqual(wanted.role);
  });

  it("says in Terraform what bootstrap would make, once Terraform has filled it in", () => {
    const { aws_iot_policy, aws_iam_role, aws_iam_role_policy } = template("terraform").resource;
    expect(
      [aws_iot_policy.device, aws_iot_policy.controller].map(({ name, policy }) => ({
        name,
        document: interpolated(policy),
      })),
    ).toEqual(wanted.policies);
    expect({
      name: aws_iam_role.warren.name,
      trust: interpolated(aws_iam_role.warren.assume_role_policy),
      permissions: interpolated(aws_iam_role_policy.warren.policy),
    }).toEqual(wanted.role);
  });

  it("leaves IAM out where credentials come from elsewhere", () => {
    const alone = setupOf(realm, broker, ANY_ACCOUNT, undefined);
    for (const format of ["cloudformation", "terraform"] as const)
      expect(printTemplate(alone, format)).not.toMatch(/iam/i);
  });
});
