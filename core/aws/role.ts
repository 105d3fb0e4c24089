import { PROCESS } from "../init/process-workflow.ts";
import { type AwsPlace, iotArn, partitionOf } from "../iot/policy.ts";
import type { Realm } from "../realm/realm.ts";

/** GitHub's issuer of tokens for workflows, and whom such a token must be for. */
export const ISSUER = "token.actions.githubusercontent.com";
export const AUDIENCE = "sts.amazonaws.com";

/** The account ids by which GitHub knows a repository and its owner. */
export interface RepositoryIds {
  readonly owner: number;
  readonly repository: number;
}

/** An IAM policy: what a role may do, or who may assume it. */
export interface IamDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly IamStatement[];
}

export interface IamStatement {
  readonly Effect: "Allow";
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: { readonly Federated: string };
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string | readonly string[]>> };
}

/**
 * How the tokens of the workflow that signs name it. GitHub writes the ids for a repository that was made, renamed or
 * moved after 2026-07-15, and leaves them out for others. No pattern: one would let in whoever takes over a freed name.
 */
export function subjectsOf(fullName: string, ids: RepositoryIds): readonly string[] {
  const [owner = "", name = ""] = fullName.split("/");
  const bound = `environment:${PROCESS.environment}`;
  return [`repo:${owner}/${name}:${bound}`, `repo:${owner}@${ids.owner}/${name}@${ids.repository}:${bound}`];
}

export const providerArn = ({ region, account }: AwsPlace): string =>
  `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${ISSUER}`;

/** Whom the role trusts: tokens of this issuer, for AWS, of these subjects. */
export const trustDocument = (where: AwsPlace, subjects: readonly string[]): IamDocument => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: "sts:AssumeRoleWithWebIdentity",
      Principal: { Federated: providerArn(where) },
      Condition: { StringEquals: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: subjects } },
    },
  ],
});

/**
 * Exactly the calls that adapters/aws-iot makes. AWS knows no resource for the first two ("Actions, resources, and
 * condition keys for AWS IoT"); sessions end by client id, and only this realm's have its name and suffix.
 */
export const permissionDocument = ({ name, clientIdSuffix }: Realm, where: AwsPlace): IamDocument => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["iot:CreateCertificateFromCsr", "iot:ListCertificates"], Resource: "*" },
    {
      Effect: "Allow",
      Action: [
        "iot:AttachPolicy",
        "iot:DeleteCertificate",
        "iot:DescribeCertificate",
        "iot:DetachPolicy",
        "iot:ListAttachedPolicies",
        "iot:UpdateCertificate",
      ],
      Resource: iotArn(where, "cert", "*"),
    },
    {
      Effect: "Allow",
      Action: "iot:DeleteConnection",
      Resource: iotArn(where, "client", `*.${name}${clientIdSuffix}`),
    },
  ],
});
