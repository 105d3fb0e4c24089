import { AUDIENCE, ISSUER } from "./role.ts";
import { ANY_ACCOUNT, type AwsSetup, INLINE_POLICY, PROVIDER_ASK } from "./setup.ts";

/** A template of AWS CloudFormation. Policies of these names must not exist yet, unless the stack imports them. */
export function cloudFormation({ policies, role }: AwsSetup): unknown {
  const resources = Object.fromEntries(
    policies.map(({ name, document }, index) => [
      index === 0 ? "DevicePolicy" : "ControllerPolicy",
      { Type: "AWS::IoT::Policy", Properties: { PolicyName: name, PolicyDocument: filled(document) } },
    ]),
  );
  if (role === undefined) return { AWSTemplateFormatVersion: "2010-09-09", Resources: resources };
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Parameters: {
      CreateProvider: {
        Type: "String",
        AllowedValues: ["true", "false"],
        Default: "true",
        Description: PROVIDER_ASK,
      },
    },
    Conditions: { CreateProvider: { "Fn::Equals": [{ Ref: "CreateProvider" }, "true"] } },
    Resources: {
      ...resources,
      Provider: {
        Type: "AWS::IAM::OIDCProvider",
        Condition: "CreateProvider",
        Properties: { Url: `https://${ISSUER}`, ClientIdList: [AUDIENCE] },
      },
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: role.name,
          AssumeRolePolicyDocument: filled(role.trust),
          Policies: [{ PolicyName: INLINE_POLICY, PolicyDocument: filled(role.permissions) }],
        },
      },
    },
    Outputs: { Role: { Value: { "Fn::GetAtt": ["Role", "Arn"] } } },
  };
}

/** Each text that names the account asks for it; what AWS IoT itself fills in, it must leave alone (`\${!`). */
function filled(value: unknown): unknown {
  if (typeof value === "string") {
    if (!value.includes(ANY_ACCOUNT)) return value;
    const account = `$${"{AWS::AccountId}"}`;
    return { "Fn::Sub": value.replaceAll("${", () => "${!").replaceAll(ANY_ACCOUNT, () => account) };
  }
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one)]));
}
