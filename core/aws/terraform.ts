import { AUDIENCE, ISSUER } from "./role.ts";
import { ANY_ACCOUNT, type AwsSetup, INLINE_POLICY, PROVIDER_ASK } from "./setup.ts";

/** An expression of Terraform's, in its JSON syntax. */
const expression = (text: string): string => `$${`{${text}}`}`;

/** A file `….tf.json`. */
export function terraform({ where, policies, role }: AwsSetup): unknown {
  const [device, controller] = policies.map(({ name, document }) => ({ name, policy: filled(document) }));
  const base = {
    terraform: { required_providers: { aws: { source: "hashicorp/aws" } } },
    provider: { aws: { region: where.region } },
    data: { aws_caller_identity: { current: {} } },
  };
  const aws_iot_policy = { device, controller };
  if (role === undefined) return { ...base, resource: { aws_iot_policy } };
  return {
    ...base,
    variable: { create_provider: { type: "bool", default: true, description: PROVIDER_ASK } },
    resource: {
      aws_iot_policy,
      aws_iam_openid_connect_provider: {
        github: {
          count: expression("var.create_provider ? 1 : 0"),
          url: `https://${ISSUER}`,
          client_id_list: [AUDIENCE],
        },
      },
      aws_iam_role: { warren: { name: role.name, assume_role_policy: filled(role.trust) } },
      aws_iam_role_policy: {
        warren: {
          name: INLINE_POLICY,
          role: expression("aws_iam_role.warren.id"),
          policy: filled(role.permissions),
        },
      },
    },
    output: { role: { value: expression("aws_iam_role.warren.arn") } },
  };
}

/** A document as the text that AWS gets; what AWS IoT itself fills in, Terraform must leave alone (`$${`). */
const filled = (document: unknown): string =>
  JSON.stringify(document)
    .replaceAll("${", () => "$${")
    .replaceAll(ANY_ACCOUNT, () => expression("data.aws_caller_identity.current.account_id"));
