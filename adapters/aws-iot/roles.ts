import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import * as z from "zod";
import type { HeldRole, HeldSetup } from "../../core/aws/plan.ts";
import { AUDIENCE, ISSUER, providerArn } from "../../core/aws/role.ts";
import { INLINE_POLICY, type WantedRole } from "../../core/aws/setup.ts";
import type { AwsPlace } from "../../core/iot/policy.ts";
import { readAnswer } from "./answers.ts";
import { type Ask, askOf } from "./ask.ts";
import { clientSettings } from "./client.ts";
import { unlessGone } from "./failures.ts";

const provider = z.object({ ClientIDList: z.array(z.string()).default([]) });
const role = z.object({ Role: z.object({ AssumeRolePolicyDocument: z.string() }) });
const inline = z.object({ PolicyDocument: z.string() });
const identity = z.object({ Account: z.string().regex(/^[0-9]{12}$/) });

/** Whose credentials these are: twelve digits. */
export async function accountOf(region: string): Promise<string> {
  const client = new STSClient(clientSettings(region));
  const answer = await askOf("AWS STS")("say whose credentials these are", (until) =>
    client.send(new GetCallerIdentityCommand({}), until),
  );
  return readAnswer(identity, answer).Account;
}

/** The role that a workflow assumes, and the identity provider that vouches for it. */
export class AwsRoles {
  readonly #client: IAMClient;
  readonly #provider: string;
  readonly #ask: Ask = askOf("AWS IAM");

  constructor(where: AwsPlace) {
    this.#client = new IAMClient(clientSettings(where.region));
    this.#provider = providerArn(where);
  }

  async provider(): Promise<HeldSetup["provider"]> {
    const request = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: this.#provider });
    const found = await unlessGone(() =>
      this.#ask("read the identity provider", (until) => this.#client.send(request, until)),
    );
    return found === undefined ? undefined : { audiences: readAnswer(provider, found).ClientIDList };
  }

  /** Without a thumbprint: AWS knows the authority that vouches for GitHub. */
  async createProvider(): Promise<void> {
    const request = new CreateOpenIDConnectProviderCommand({
      Url: `https://${ISSUER}`,
      ClientIDList: [AUDIENCE],
    });
    await this.#ask("create the identity provider", (until) => this.#client.send(request, until));
  }

  async addAudience(): Promise<void> {
    const request = new AddClientIDToOpenIDConnectProviderCommand({
      OpenIDConnectProviderArn: this.#provider,
      ClientID: AUDIENCE,
    });
    await this.#ask("add to the identity provider", (until) => this.#client.send(request, until));
  }

  async role(name: string): Promise<HeldRole | undefined> {
    const asked = JSON.stringify(name);
    const found = await unlessGone(() =>
      this.#ask(`read the role ${asked}`, (until) =>
        this.#client.send(new GetRoleCommand({ RoleName: name }), until),
      ),
    );
    if (found === undefined) return undefined;
    const request = new GetRolePolicyCommand({ RoleName: name, PolicyName: INLINE_POLICY });
    const held = await unlessGone(() =>
      this.#ask(`read what the role ${asked} may do`, (until) => this.#client.send(request, until)),
    );
    // IAM writes documents as in an URL (RFC 3986).
    return {
      trust: decodeURIComponent(readAnswer(role, found).Role.AssumeRolePolicyDocument),
      permissions:
        held === undefined ? undefined : decodeURIComponent(readAnswer(inline, held).PolicyDocument),
    };
  }

  async createRole({ name, trust }: WantedRole): Promise<void> {
    const request = new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      Description: "signs and removes certificates of a Warren realm, from a GitHub workflow",
    });
    await this.#ask(`create the role ${JSON.stringify(name)}`, (until) => this.#client.send(request, until));
  }

  async setTrust({ name, trust }: WantedRole): Promise<void> {
    const PolicyDocument = JSON.stringify(trust);
    const request = new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument });
    await this.#ask(`change whom the role ${JSON.stringify(name)} trusts`, (until) =>
      this.#client.send(request, until),
    );
  }

  async setPermissions({ name, permissions }: WantedRole): Promise<void> {
    const request = new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: INLINE_POLICY,
      PolicyDocument: JSON.stringify(permissions),
    });
    await this.#ask(`set what the role ${JSON.stringify(name)} may do`, (until) =>
      this.#client.send(request, until),
    );
  }
}
