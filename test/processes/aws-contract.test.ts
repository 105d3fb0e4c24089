import { readdirSync, readFileSync } from "node:fs";
import { DeleteRolePolicyCommand, IAMClient, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  DeleteCertificateCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { SdkAwsAccount } from "../../adapters/aws-iot/account.ts";
import { AwsIotCertificates } from "../../adapters/aws-iot/certificates.ts";
import { AwsIotPolicies } from "../../adapters/aws-iot/policies.ts";
import { accountOf } from "../../adapters/aws-iot/roles.ts";
import { planSetup } from "../../core/aws/plan.ts";
import { type AwsSetup, setupOf } from "../../core/aws/setup.ts";
import type { CertificateSummary } from "../../core/ports/certificates.ts";
import { bootstrap } from "../../flows/bootstrap.ts";
import { realm } from "../fixtures/people.ts";
import { madeRequest } from "../made/csr.ts";
import { startedIot, withEnvironment } from "../made/iot.ts";
import { HAS_MOTO, startMoto } from "../made/moto.ts";

/**
 * One contract for every call that Warren makes of AWS, put to two services: the sandbox's and moto's, which others wrote.
 * What moto does otherwise than AWS stands in certificate-limits.test.ts, against the sandbox's alone.
 */
const region = "eu-central-1";
const policies = { device: "contract.target", controller: "contract.controller" };
const NOBODYS = "0".repeat(64);

const CLIENTS = [IoTClient, IAMClient, STSClient, IoTDataPlaneClient] as const;
const spies: { readonly mock: { readonly calls: readonly (readonly unknown[])[] } }[] = [];
/** Names of all calls that were made so far, whichever service answered. */
const made = (): ReadonlySet<string> =>
  new Set(spies.flatMap(({ mock }) => mock.calls.map(([command]) => command?.constructor.name ?? "")));

const { broker } = realm;
if (broker?.type !== "aws-iot") throw new Error("the example realm has no broker on AWS");
const ids = { owner: 1234, repository: 5678 };
const wantedOf = (account: string, role: boolean): AwsSetup =>
  setupOf(realm, { ...broker, policies }, account, role ? { name: "warren-atlas", ids } : undefined);

interface Service {
  readonly name: string;
  /** The sandbox's is AWS IoT alone. */
  readonly hasIam: boolean;
  /** How a certificate comes that was asked for by `setAsActive=false`; moto takes any word for a yes. */
  readonly born: "inactive" | "active";
  start(): Promise<{ readonly env: Readonly<Record<string, string>>; close(): Promise<void> }>;
}

const SANDBOX: Service = {
  name: "the sandbox's service",
  hasIam: false,
  born: "inactive",
  start: () => startedIot({ throttled: false }),
};
const MOTO: Service = { name: "moto's", hasIam: true, born: "active", start: () => startMoto(region) };

beforeAll(() => {
  // Only looked at: each goes on to where it was going.
  for (const { prototype } of CLIENTS) spies.push(jest.spyOn(prototype, "send"));
});
afterAll(() => {
  jest.restoreAllMocks();
});

describe.each([SANDBOX, MOTO])("AWS as $name has it", (service) => {
  const maybe = service === MOTO && !HAS_MOTO ? it.skip : it;
  let running: Awaited<ReturnType<Service["start"]>> | undefined;
  let restore = () => {};
  let certificates: AwsIotCertificates;

  beforeAll(async () => {
    if (service === MOTO && !HAS_MOTO) return;
    running = await service.start();
    restore = withEnvironment(running.env);
    certificates = new AwsIotCertificates({ region, policies });
    const wanted = wantedOf("123456789012", false);
    await bootstrap(new SdkAwsAccount(wanted), wanted, { apply: true, tell: () => {} });
  }, 60_000);
  afterAll(async () => {
    restore();
    await running?.close();
  });

  const listed = async (): Promise<readonly CertificateSummary[]> => {
    const all: CertificateSummary[] = [];
    for await (const summary of certificates.list()) all.push(summary);
    return all;
  };
  const attachedOf = async (certificate: string) => {
    const target = (await listed()).find((one) => one.certificate === certificate)?.arn ?? "";
    const answer = await new IoTClient({ region }).send(new ListAttachedPoliciesCommand({ target }));
    return answer.policies?.map(({ policyName }) => policyName);
  };

  maybe("makes an inactive certificate with its role's policy, and lists it", async () => {
    const { certificate, arn, pem } = await certificates.createInactive(madeRequest(), "device");
    expect(certificate).toMatch(/^[0-9a-f]{64}$/);
    expect(arn).toContain(`:cert/${certificate}`);
    expect(pem).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    expect(await listed()).toContainEqual(
      expect.objectContaining({ certificate, arn, status: service.born, createdAt: expect.any(String) }),
    );
    expect(await attachedOf(certificate)).toEqual([policies.device]);
  });

  maybe("makes another certificate of the same request", async () => {
    const csr = madeRequest();
    const one = await certificates.createInactive(csr, "controller");
    const other = await certificates.createInactive(csr, "controller");
    expect(one.certificate).not.toBe(other.certificate);
    expect(await attachedOf(other.certificate)).toEqual([policies.controller]);
  });

  maybe("activates, as often as asked, and describes", async () => {
    const { certificate, pem } = await certificates.createInactive(madeRequest(), "device");
    expect(await certificates.describe(certificate)).toEqual({ status: service.born, pem });
    await certificates.activate(certificate);
    await certificates.activate(certificate);
    expect(await certificates.describe(certificate)).toEqual({ status: "active", pem });
  });

  maybe("removes an active certificate with its policies, as often as asked", async () => {
    const { certificate } = await certificates.createInactive(madeRequest(), "device");
    await certificates.activate(certificate);
    await certificates.remove(certificate);
    expect(await certificates.describe(certificate)).toBeUndefined();
    expect((await listed()).map((one) => one.certificate)).not.toContain(certificate);
    await certificates.remove(certificate);
  });

  maybe("says of a certificate that isn't there that it isn't", async () => {
    expect(await certificates.describe(NOBODYS)).toBeUndefined();
    await certificates.remove(NOBODYS);
    await expect(certificates.activate(NOBODYS)).rejects.toMatchObject({ code: "refused" });
  });

  maybe("deletes no certificate that is active, or has a policy", async () => {
    const client = new IoTClient({ region });
    const { certificate: certificateId } = await certificates.createInactive(madeRequest(), "device");
    await certificates.activate(certificateId);
    const remove = () => client.send(new DeleteCertificateCommand({ certificateId }));
    await expect(remove()).rejects.toMatchObject({ name: "CertificateStateException" });
    await client.send(new UpdateCertificateCommand({ certificateId, newStatus: "INACTIVE" }));
    await expect(remove()).rejects.toMatchObject({ name: "DeleteConflictException" });
  });

  maybe("leaves no certificate behind whose policy isn't there", async () => {
    const before = (await listed()).length;
    const without = new AwsIotCertificates({ region, policies: { ...policies, device: "missing" } });
    await expect(without.createInactive(madeRequest(), "device")).rejects.toMatchObject({ code: "refused" });
    expect(await listed()).toHaveLength(before);
  });

  maybe("holds both policies once they were made, and has an endpoint", async () => {
    const wanted = wantedOf("123456789012", false);
    const held = await new SdkAwsAccount(wanted).look(wanted);
    expect(planSetup(wanted, held)).toEqual([]);
    expect(held.endpoint).not.toBe("");
  });

  maybe(
    "keeps five versions of a policy: a sixth comes in the place of the oldest that is not in force",
    async () => {
      const [name, wanted] = ["contract.often", wantedOf("123456789012", false)];
      const [device, controller] = wanted.policies.map(({ document }) => document);
      if (device === undefined || controller === undefined) throw new Error("no documents");
      const service = new AwsIotPolicies(region);
      const account = new SdkAwsAccount(wanted);
      await service.create({ name, document: device });
      for (const document of [controller, device, controller, device])
        await service.replace({ name, document }, undefined);
      const one: AwsSetup = { ...wanted, policies: [{ name, document: controller }] };
      const steps = planSetup(one, await account.look(one));
      expect(steps).toMatchObject([{ do: "replace-policy", drop: "1" }]);
      await bootstrap(account, one, { apply: true, tell: () => {} });
      const after = await service.get(name);
      expect(after?.versions.filter(({ inForce }) => inForce)).toEqual([{ id: "6", inForce: true }]);
      expect(after?.versions).toHaveLength(5);
      expect(planSetup(one, await account.look(one))).toEqual([]);
    },
  );

  (service.hasIam ? maybe : it.skip)(
    "makes the role and GitHub's provider once, and mends what differs",
    async () => {
      const wanted = wantedOf(await accountOf(region), true);
      const account = new SdkAwsAccount(wanted);
      const names = async (apply: boolean) =>
        (await bootstrap(account, wanted, { apply, tell: () => {} })).steps.map((step) => step.do);
      const first = await names(false);
      expect(first).toEqual(["create-provider", "create-role", "set-permissions"]);
      expect(await names(true)).toEqual(first);
      expect(await names(true)).toEqual([]);

      const client = new IAMClient({ region });
      // What somebody else may have done to the role meanwhile.
      const anyone = { Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" }] };
      const [RoleName, PolicyDocument] = [
        "warren-atlas",
        JSON.stringify({ Version: "2012-10-17", ...anyone }),
      ];
      await client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
      await client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "warren" }));
      expect(await names(true)).toEqual(["set-trust", "set-permissions"]);
      expect(await names(false)).toEqual([]);
    },
  );
});

describe("the contract", () => {
  const ELSEWHERE = [
    // Of the sandbox's service alone: certificates.test.ts beside the adapter.
    "DeleteConnectionCommand",
    // Neither service has it.
    "AddClientIDToOpenIDConnectProviderCommand",
  ];
  // Of IAM and STS the sandbox has nothing.
  const MOTOS = [
    "CreateOpenIDConnectProviderCommand",
    "CreateRoleCommand",
    "GetCallerIdentityCommand",
    "GetOpenIDConnectProviderCommand",
    "GetRoleCommand",
    "GetRolePolicyCommand",
    "PutRolePolicyCommand",
    "UpdateAssumeRolePolicyCommand",
  ];

  it("covers every call that Warren's source makes of AWS", () => {
    const folder = new URL("../../adapters/aws-iot/", import.meta.url);
    const sources = readdirSync(folder).filter((name) => name.endsWith(".ts"));
    const written = sources.flatMap((name) => [
      ...readFileSync(new URL(name, folder), "utf8").matchAll(/new (\w+Command)\(/g),
    ]);
    const names = new Set(written.map(([, name = ""]) => name));
    expect(names.size).toBeGreaterThan(20);
    const asked = made();
    const uncovered = [...names].filter((name) => !asked.has(name) && !ELSEWHERE.includes(name));
    expect(uncovered).toEqual(HAS_MOTO ? [] : expect.arrayContaining(MOTOS));
  });
});
