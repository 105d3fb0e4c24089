import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  DescribeEndpointCommand,
  GetPolicyCommand,
  type IoTClient,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iot";
import * as z from "zod";
import type { HeldPolicy } from "../../core/aws/plan.ts";
import type { NamedPolicy } from "../../core/aws/setup.ts";
import { readAnswer } from "./answers.ts";
import { type Ask, askOf } from "./ask.ts";
import { iotClient } from "./client.ts";
import { unlessGone } from "./failures.ts";

const policy = z.object({ policyDocument: z.string() });
const versions = z.object({
  policyVersions: z.array(z.object({ versionId: z.string(), isDefaultVersion: z.boolean() })),
});
const endpoint = z.object({ endpointAddress: z.string().min(1) });

/** The policies that AWS IoT Core judges computers by, and where computers connect to. */
export class AwsIotPolicies {
  readonly #client: IoTClient;
  readonly #ask: Ask;

  /** `address`: where the service is, if not where the region's own is. */
  constructor(region: string, address?: string) {
    this.#client = iotClient(region, address);
    this.#ask = askOf(`AWS IoT in ${region}`);
  }

  async get(policyName: string): Promise<HeldPolicy | undefined> {
    const found = await unlessGone(() =>
      this.#ask(`read the policy ${JSON.stringify(policyName)}`, (until) =>
        this.#client.send(new GetPolicyCommand({ policyName }), until),
      ),
    );
    if (found === undefined) return undefined;
    const listed = await this.#ask(`list versions of the policy ${JSON.stringify(policyName)}`, (until) =>
      this.#client.send(new ListPolicyVersionsCommand({ policyName }), until),
    );
    return {
      document: readAnswer(policy, found).policyDocument,
      versions: readAnswer(versions, listed).policyVersions.map(({ versionId, isDefaultVersion }) => ({
        id: versionId,
        inForce: isDefaultVersion,
      })),
    };
  }

  async create({ name, document }: NamedPolicy): Promise<void> {
    const request = new CreatePolicyCommand({ policyName: name, policyDocument: JSON.stringify(document) });
    await this.#ask(`create the policy ${JSON.stringify(name)}`, (until) =>
      this.#client.send(request, until),
    );
  }

  /** In force at once; `drop` is deleted first. */
  async replace({ name, document }: NamedPolicy, drop: string | undefined): Promise<void> {
    if (drop !== undefined) {
      const request = new DeletePolicyVersionCommand({ policyName: name, policyVersionId: drop });
      // Gone already where an earlier run was cut off.
      await unlessGone(() =>
        this.#ask(`delete version ${drop} of the policy ${JSON.stringify(name)}`, (until) =>
          this.#client.send(request, until),
        ),
      );
    }
    const request = new CreatePolicyVersionCommand({
      policyName: name,
      policyDocument: JSON.stringify(document),
      setAsDefault: true,
    });
    await this.#ask(`put a new version of the policy ${JSON.stringify(name)} in force`, (until) =>
      this.#client.send(request, until),
    );
  }

  /** With a certificate that browsers trust too; the other kind of endpoint is of the past. */
  async endpoint(): Promise<string> {
    const request = new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" });
    const answer = await this.#ask("find the endpoint", (until) => this.#client.send(request, until));
    return readAnswer(endpoint, answer).endpointAddress;
  }
}
