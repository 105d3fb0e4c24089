import { generateKeyPairSync, X509Certificate } from "node:crypto";
import {
  AttachPolicyCommand,
  CreateCertificateFromCsrCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteCertificateCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DescribeCertificateCommand,
  DetachPolicyCommand,
  GetPolicyCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListTargetsForPolicyCommand,
  SetDefaultPolicyVersionCommand,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { policyDocuments } from "../../core/iot/policy.ts";
import { ACCOUNT } from "../../sandbox/iot/iot.ts";
import type { StartedIot } from "../../sandbox/iot/start.ts";
import { makeCsr, pemOf } from "../core/made-csr.ts";
import { realm } from "../fixtures/people.ts";
import { startedIot, withEnvironment } from "../made/iot.ts";

const sentRequest = z.object({ headers: z.record(z.string(), z.string()), path: z.string() });
const NOBODYS = "0".repeat(64);
const policy = (length = 0): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "iot:Connect", Resource: `arn:${"x".repeat(length)}` }],
  });

describe("the certificate service, asked by AWS's own SDK", () => {
  let iot: StartedIot;
  let restore: () => void;
  let client: IoTClient;

  beforeAll(async () => {
    iot = await startedIot({ throttled: false });
    restore = withEnvironment(iot.env);
    client = new IoTClient({ maxAttempts: 1 });
  });
  afterAll(async () => {
    restore();
    client.destroy();
    await iot.close();
  });

  const create = async (pem = pemOf(makeCsr()), setAsActive = false) => {
    const certificateSigningRequest = pem;
    const made = await client.send(
      new CreateCertificateFromCsrCommand({ certificateSigningRequest, setAsActive }),
    );
    const { certificateId = "", certificateArn = "", certificatePem = "" } = made;
    return { certificateId, certificateArn, certificatePem };
  };
  const describeOne = async (certificateId: string) =>
    (await client.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription;
  const setStatus = (certificateId: string, newStatus: "ACTIVE" | "INACTIVE" | "PENDING_TRANSFER") =>
    client.send(new UpdateCertificateCommand({ certificateId, newStatus }));
  const attach = (policyName: string, target: string) =>
    client.send(new AttachPolicyCommand({ policyName, target }));
  const attached = async (target: string) =>
    ((await client.send(new ListAttachedPoliciesCommand({ target }))).policies ?? []).map(
      (one) => one.policyName,
    );
  const remove = (certificateId: string, forceDelete = false) =>
    client.send(new DeleteCertificateCommand({ certificateId, forceDelete }));

  it("signs a request and describes what it made", async () => {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { certificateId, certificateArn, certificatePem } = await create(pemOf(makeCsr({ keys })));
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.checkPrivateKey(keys.privateKey)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(iot.caPem))).toBe(true);
    expect(certificateId).toBe(certificate.fingerprint256.replaceAll(":", "").toLowerCase());
    expect(certificateArn).toBe(`arn:aws:iot:eu-central-1:${ACCOUNT}:cert/${certificateId}`);
    const description = await describeOne(certificateId);
    expect(description).toMatchObject({ certificateId, certificateArn, certificatePem, status: "INACTIVE" });
    expect(description?.creationDate?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(description?.validity?.notAfter?.toISOString()).toBe("2049-12-31T23:59:59.000Z");
  });

  it("makes another certificate of the same request, active if that is asked for", async () => {
    const pem = pemOf(makeCsr());
    const [one, other] = [await create(pem), await create(pem, true)];
    expect(one.certificateId).not.toBe(other.certificateId);
    expect((await describeOne(one.certificateId))?.status).toBe("INACTIVE");
    expect((await describeOne(other.certificateId))?.status).toBe("ACTIVE");
  });

  it.each([
    ["RSA of 2048 bits", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["P-384", () => generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ])("takes a key of %s", async (_name, keys) => {
    expect((await create(pemOf(makeCsr({ keys: keys() })))).certificateId).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ["a small RSA key", () => pemOf(makeCsr({ keys: generateKeyPairSync("rsa", { modulusLength: 1024 }) }))],
    [
      "a curve of its own",
      () => pemOf(makeCsr({ keys: generateKeyPairSync("ec", { namedCurve: "secp256k1" }) })),
    ],
    [
      "another's key",
      () => {
        const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        return pemOf(makeCsr({ spki: publicKey.export({ format: "der", type: "spki" }) }));
      },
    ],
    ["no PEM", () => "hello"],
    ["no request", () => pemOf(Buffer.from("hello"))],
  ])("refuses a request with %s", async (_name, pem) => {
    await expect(create(pem())).rejects.toMatchObject({
      name: "InvalidRequestException",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("says of a certificate that isn't there that it isn't", async () => {
    const missing = { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } };
    await expect(describeOne(NOBODYS)).rejects.toMatchObject(missing);
    await expect(setStatus(NOBODYS, "ACTIVE")).rejects.toMatchObject(missing);
    await expect(remove(NOBODYS)).rejects.toMatchObject(missing);
    const { certificateArn } = await create();
    await expect(
      attach("tunnel.target", certificateArn.replace(/cert\/.*/, `cert/${NOBODYS}`)),
    ).rejects.toMatchObject(missing);
    await expect(attach("missing", certificateArn)).rejects.toMatchObject(missing);
  });

  it("sets a status as often as asked, and tells of each change", async () => {
    const { certificateId } = await create();
    const heard: string[] = [];
    const stop = iot.model.onChange((id) => heard.push(`${id} ${iot.model.find(id)?.status}`));
    await setStatus(certificateId, "ACTIVE");
    await setStatus(certificateId, "ACTIVE");
    await setStatus(certificateId, "INACTIVE");
    await remove(certificateId);
    stop();
    await create();
    expect(heard).toEqual([
      `${certificateId} ACTIVE`,
      `${certificateId} INACTIVE`,
      `${certificateId} undefined`,
    ]);
  });

  it("refuses a status that nobody can set", async () => {
    const { certificateId } = await create();
    await expect(setStatus(certificateId, "PENDING_TRANSFER")).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });

  it("attaches and detaches policies, as often as asked", async () => {
    const { certificateId, certificateArn: target } = await create();
    for (const name of ["tunnel.target", "tunnel.target", "tunnel.controller"]) await attach(name, target);
    expect((await attached(target)).toSorted()).toEqual(["tunnel.controller", "tunnel.target"]);
    expect(iot.model.find(certificateId)?.policies).toEqual(["tunnel.target", "tunnel.controller"]);
    const { targets } = await client.send(
      new ListTargetsForPolicyCommand({ policyName: "tunnel.controller" }),
    );
    expect(targets).toEqual([target]);
    const detach = new DetachPolicyCommand({ policyName: "tunnel.target", target });
    await client.send(detach);
    await client.send(new DetachPolicyCommand({ policyName: "tunnel.target", target }));
    expect(await attached(target)).toEqual(["tunnel.controller"]);
  });

  it("attaches ten policies and no more", async () => {
    const { certificateArn } = await create();
    for (let number = 1; number <= 11; number += 1) iot.model.createPolicy(`many-${number}`, policy());
    for (let number = 1; number <= 10; number += 1) await attach(`many-${number}`, certificateArn);
    await attach("many-10", certificateArn);
    await expect(attach("many-11", certificateArn)).rejects.toMatchObject({
      name: "LimitExceededException",
      $metadata: { httpStatusCode: 410 },
    });
  });

  it("deletes only what is inactive and has no policy, unless forced", async () => {
    const { certificateId, certificateArn } = await create(undefined, true);
    await attach("tunnel.target", certificateArn);
    const active = { name: "CertificateStateException", $metadata: { httpStatusCode: 406 } };
    await expect(remove(certificateId)).rejects.toMatchObject(active);
    await expect(remove(certificateId, true)).rejects.toMatchObject(active);
    await setStatus(certificateId, "INACTIVE");
    await expect(remove(certificateId)).rejects.toMatchObject({
      name: "DeleteConflictException",
      $metadata: { httpStatusCode: 409 },
    });
    await remove(certificateId, true);
    await expect(describeOne(certificateId)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("holds the realm's two policies", async () => {
    const { policyDocument, defaultVersionId } = await client.send(
      new GetPolicyCommand({ policyName: "tunnel.target" }),
    );
    const { device } = policyDocuments(realm, { region: "eu-central-1", account: ACCOUNT });
    expect(JSON.parse(policyDocument ?? "")).toEqual(device);
    expect(defaultVersionId).toBe("1");
    const { policies } = await client.send(new ListPoliciesCommand({ ascendingOrder: true }));
    expect(policies?.slice(0, 2).map((one) => one.policyName)).toEqual([
      "tunnel.target",
      "tunnel.controller",
    ]);
  });

  it("creates a policy once, if it is one and is short enough", async () => {
    const make = (policyName: string, policyDocument: string) =>
      client.send(new CreatePolicyCommand({ policyName, policyDocument }));
    const made = await make("mine", policy());
    expect(made).toMatchObject({
      policyName: "mine",
      policyArn: `arn:aws:iot:eu-central-1:${ACCOUNT}:policy/mine`,
      policyVersionId: "1",
    });
    await expect(make("mine", policy())).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
    await expect(make("broken", "{")).rejects.toMatchObject({ name: "MalformedPolicyException" });
    await expect(make("a/b", policy())).rejects.toMatchObject({ name: "InvalidRequestException" });
    const room = 2048 - policy().length;
    await expect(make("long", policy(room + 1))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 400 },
    });
    await make("longest", policy(room).replaceAll(",", ",   \n"));
  });

  it("judges by the version of a policy that is in force", async () => {
    const policyName = "versioned";
    const { certificateId, certificateArn } = await create(undefined, true);
    await client.send(new CreatePolicyCommand({ policyName, policyDocument: policy() }));
    await attach(policyName, certificateArn);
    const second = new CreatePolicyVersionCommand({ policyName, policyDocument: policy(5) });
    expect(await client.send(second)).toMatchObject({ policyVersionId: "2", isDefaultVersion: false });
    expect(iot.model.documentsOf(certificateId)).toEqual([JSON.parse(policy())]);

    await client.send(new SetDefaultPolicyVersionCommand({ policyName, policyVersionId: "2" }));
    expect(iot.model.documentsOf(certificateId)).toEqual([JSON.parse(policy(5))]);
    const inForce = new DeletePolicyVersionCommand({ policyName, policyVersionId: "2" });
    await expect(client.send(inForce)).rejects.toMatchObject({ name: "DeleteConflictException" });
    await client.send(new DeletePolicyVersionCommand({ policyName, policyVersionId: "1" }));
    const { policyVersions } = await client.send(new ListPolicyVersionsCommand({ policyName }));
    expect(policyVersions).toMatchObject([{ versionId: "2", isDefaultVersion: true }]);

    const gone = new DeletePolicyCommand({ policyName });
    await expect(client.send(gone)).rejects.toMatchObject({ name: "DeleteConflictException" });
    await client.send(new DetachPolicyCommand({ policyName, target: certificateArn }));
    await client.send(new DeletePolicyCommand({ policyName }));
    await expect(client.send(new GetPolicyCommand({ policyName }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("keeps five versions of a policy and no more", async () => {
    const [policyName, policyDocument] = ["often", policy()];
    await client.send(new CreatePolicyCommand({ policyName, policyDocument }));
    const version = () => client.send(new CreatePolicyVersionCommand({ policyName, policyDocument }));
    for (let number = 2; number <= 5; number += 1) await version();
    await expect(version()).rejects.toMatchObject({ name: "VersionsLimitExceededException" });
  });

  it("lets a certificate that is not active do nothing", async () => {
    const { certificateId, certificateArn } = await create();
    await attach("tunnel.target", certificateArn);
    expect(iot.model.documentsOf(certificateId)).toEqual([]);
  });

  it("pages through certificates in both orders, while others are deleted", async () => {
    const made: string[] = [];
    const pem = pemOf(makeCsr());
    for (let count = 0; count < 5; count += 1) made.push((await iot.model.createCertificateFromCsr(pem)).id);
    const list = async (ascendingOrder: boolean, marker?: string) =>
      client.send(new ListCertificatesCommand({ pageSize: 2, ascendingOrder, marker }));

    const first = await list(false);
    expect(first.certificates?.map((one) => one.certificateId)).toEqual([made[4], made[3]]);
    iot.model.deleteCertificate(made[3] ?? "");
    const second = await list(false, first.nextMarker);
    expect(second.certificates?.map((one) => one.certificateId)).toEqual([made[2], made[1]]);

    const all: (string | undefined)[] = [];
    let marker: string | undefined;
    do {
      const page = await list(true, marker);
      all.push(...(page.certificates ?? []).map((one) => one.certificateId));
      marker = page.nextMarker;
    } while (marker !== undefined);
    expect(all.slice(-4)).toEqual([made[0], made[1], made[2], made[4]]);
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([0, 251])("refuses a page of %i", async (pageSize) => {
    await expect(client.send(new ListCertificatesCommand({ pageSize }))).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
  });
});

describe("the door of the certificate service", () => {
  let iot: StartedIot;

  beforeAll(async () => {
    iot = await startedIot();
  });
  afterAll(() => iot.close());

  const list = async (env: Partial<StartedIot["env"]>, clockOffset = 0) => {
    const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_REGION = "" } = { ...iot.env, ...env };
    const client = new IoTClient({
      endpoint: iot.url,
      region: AWS_REGION,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
      maxAttempts: 1,
      systemClockOffset: clockOffset,
    });
    return client.send(new ListCertificatesCommand({ pageSize: 3, ascendingOrder: true }));
  };

  it.each([
    ["an unknown key", { AWS_ACCESS_KEY_ID: "AKIAOTHER" }, "UnrecognizedClientException"],
    ["another secret", { AWS_SECRET_ACCESS_KEY: "other" }, "InvalidSignatureException"],
    ["another region", { AWS_REGION: "us-east-1" }, "InvalidSignatureException"],
  ])("refuses %s", async (_name, env, name) => {
    await expect(list({})).resolves.toBeDefined();
    await expect(list(env)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
  });

  it("refuses an old signature, and one that is missing", async () => {
    await expect(list({}, -10 * 60_000)).rejects.toMatchObject({ name: "InvalidSignatureException" });
    const answer = await fetch(`${iot.url}/certificates`);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("x-amzn-errortype")).toBe("MissingAuthenticationTokenException");
  });

  it("takes no other request under a signature", async () => {
    const seen: { url: string; headers: Record<string, string> }[] = [];
    const client = new IoTClient({
      endpoint: iot.url,
      region: "eu-central-1",
      credentials: {
        accessKeyId: iot.env.AWS_ACCESS_KEY_ID ?? "",
        secretAccessKey: iot.env.AWS_SECRET_ACCESS_KEY ?? "",
      },
    });
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers, path } = sentRequest.parse(args.request);
        seen.push({ url: `${iot.url}${path}`, headers });
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    await client.send(new ListPoliciesCommand({}));
    const [{ url, headers } = { url: "", headers: {} }] = seen;
    const signed = { ...headers };
    expect((await fetch(url, { headers: signed })).status).toBe(200);
    expect((await fetch(`${url}?pageSize=1`, { headers: signed })).status).toBe(403);
    expect((await fetch(`${iot.url}/certificates`, { headers: signed })).status).toBe(403);
    expect((await fetch(url, { method: "DELETE", headers: signed })).status).toBe(403);
  });

  it("takes as many calls a second as AWS does", async () => {
    const calls = await Promise.allSettled(Array.from({ length: 30 }, () => list({})));
    const refusals = calls.filter((call) => call.status === "rejected").map((call) => call.reason);
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.length).toBeLessThan(30);
    for (const refusal of refusals) expect(refusal).toMatchObject({ name: "ThrottlingException" });
  });
});
