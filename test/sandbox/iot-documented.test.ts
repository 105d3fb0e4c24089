import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  AttachPolicyCommand,
  CreateCertificateFromCsrCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  IoTClient,
  ListCertificatesCommand,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import { DeleteConnectionCommand, IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { StartedIot } from "../../sandbox/iot/start.ts";
import { makeCsr, pemOf } from "../core/made-csr.ts";
import { startedIot, withEnvironment } from "../made/iot.ts";

/**
 * Where moto does otherwise than AWS, AWS's own words are the measure. The SDK carries AWS's API reference in its types:
 * each case names the page and the line there, and fails if that line is gone or has changed.
 */
const PAGES = {
  iot: new URL("../../node_modules/@aws-sdk/client-iot/dist-types/", import.meta.url),
  data: new URL("../../node_modules/@aws-sdk/client-iot-data-plane/dist-types/", import.meta.url),
};
function documented(page: string, line: string, service: keyof typeof PAGES = "iot"): void {
  const text = readFileSync(new URL(`${page}.d.ts`, PAGES[service]), "utf8")
    .replaceAll(/^\s*\* ?/gm, " ")
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll(/\s+/g, " ");
  expect(text).toContain(line);
}

let iot: StartedIot;
let throttled: StartedIot;
let restore = () => {};
let client: IoTClient;
beforeAll(async () => {
  iot = await startedIot({ throttled: false });
  throttled = await startedIot();
  restore = withEnvironment(iot.env);
  client = new IoTClient({ maxAttempts: 1 });
});
afterAll(async () => {
  restore();
  client.destroy();
  await Promise.all([iot.close(), throttled.close()]);
});

const sign = async (certificateSigningRequest: string) => {
  const made = await client.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest }));
  const { certificateId = "", certificateArn = "", certificatePem = "" } = made;
  return { certificateId, certificateArn, certificatePem };
};
const document = (length: number): string => {
  const Statement = (Resource: string) => [{ Effect: "Allow", Action: "iot:Connect", Resource }];
  const text = (resource: string) =>
    JSON.stringify({ Version: "2012-10-17", Statement: Statement(resource) });
  return text("x".repeat(length - text("").length));
};

describe("certificates, as AWS documents them", () => {
  const PAGE = "commands/CreateCertificateFromCsrCommand";

  it("are really signed, over the request's own key", async () => {
    documented(PAGE, "Creates an X.509 certificate using the specified certificate signing request.");
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const certificate = new X509Certificate((await sign(pemOf(makeCsr({ keys })))).certificatePem);
    expect(certificate.checkPrivateKey(keys.privateKey)).toBe(true);
    expect(certificate.verify(new X509Certificate(iot.caPem).publicKey)).toBe(true);
  });

  it("are others for the same request", async () => {
    documented(PAGE, "Reusing the same certificate signing request (CSR) results in a distinct certificate.");
    const pem = pemOf(makeCsr());
    expect((await sign(pem)).certificateId).not.toBe((await sign(pem)).certificateId);
  });

  it.each([
    ["RSA of 1,024 bits", () => generateKeyPairSync("rsa", { modulusLength: 1024 })],
    ["secp256k1", () => generateKeyPairSync("ec", { namedCurve: "secp256k1" })],
  ])("are not made of a key of %s", async (_name, keys) => {
    documented(
      PAGE,
      "The CSR must include a public key that is either an RSA key with a length of at least 2048 bits or an ECC key from NIST P-256, NIST P-384, or NIST P-521 curves.",
    );
    documented(PAGE, "{@link InvalidRequestException} (client fault) The request is not valid.");
    await expect(sign(pemOf(makeCsr({ keys: keys() })))).rejects.toMatchObject({
      name: "InvalidRequestException",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("are not made of a request that its key did not sign", async () => {
    documented(PAGE, "{@link InvalidRequestException} (client fault) The request is not valid.");
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const stolen = pemOf(makeCsr({ spki: publicKey.export({ format: "der", type: "spki" }) }));
    await expect(sign(stolen)).rejects.toMatchObject({ name: "InvalidRequestException" });
  });

  it("are inactive unless asked for otherwise, and take a status as often as it is set", async () => {
    documented("models/models_0", "Specifies whether the certificate is active.");
    documented("commands/UpdateCertificateCommand", "This operation is idempotent.");
    const { certificateId } = await sign(pemOf(makeCsr()));
    const status = async () =>
      (await client.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status;
    expect(await status()).toBe("INACTIVE");
    for (const newStatus of ["ACTIVE", "ACTIVE"] as const)
      await client.send(new UpdateCertificateCommand({ certificateId, newStatus }));
    expect(await status()).toBe("ACTIVE");
  });

  it("take no status that is AWS's own", async () => {
    documented(
      "models/models_2",
      "Setting the status to PENDING_TRANSFER or PENDING_ACTIVATION will result in an exception being thrown.",
    );
    const { certificateId } = await sign(pemOf(makeCsr()));
    for (const newStatus of ["PENDING_TRANSFER", "PENDING_ACTIVATION"] as const)
      await expect(
        client.send(new UpdateCertificateCommand({ certificateId, newStatus })),
      ).rejects.toMatchObject({ name: "InvalidRequestException" });
  });

  it("are not deleted while they are active or have a policy", async () => {
    documented(
      "commands/DeleteCertificateCommand",
      "A certificate cannot be deleted if it has a policy or IoT thing attached to it or if its status is set to ACTIVE.",
    );
    const { certificateId, certificateArn: target } = await sign(pemOf(makeCsr()));
    await client.send(new AttachPolicyCommand({ policyName: "tunnel.target", target }));
    const remove = () => client.send(new DeleteCertificateCommand({ certificateId }));
    await expect(remove()).rejects.toMatchObject({ name: "DeleteConflictException" });
    await client.send(new UpdateCertificateCommand({ certificateId, newStatus: "ACTIVE" }));
    await expect(remove()).rejects.toMatchObject({ name: "CertificateStateException" });
  });

  it("come in pages: 300 of them in two, each once", async () => {
    documented(
      "commands/ListCertificatesCommand",
      "The results are paginated with a default page size of 25. You can use the returned marker to retrieve additional results.",
    );
    const pem = pemOf(makeCsr());
    await Promise.all(Array.from({ length: 300 }, () => iot.model.createCertificateFromCsr(pem)));
    expect((await client.send(new ListCertificatesCommand({}))).certificates).toHaveLength(25);
    const seen: string[] = [];
    let [pages, marker] = [0, undefined as string | undefined];
    do {
      const page = await client.send(new ListCertificatesCommand({ pageSize: 250, marker }));
      seen.push(...(page.certificates ?? []).map(({ certificateId = "" }) => certificateId));
      marker = page.nextMarker;
      pages += 1;
    } while (marker !== undefined);
    expect(pages).toBe(2);
    expect(seen.length).toBeGreaterThan(300);
    expect(new Set(seen).size).toBe(seen.length);
  }, 60_000);
});

describe("policies, as AWS documents them", () => {
  it("have 2,048 characters, blanks left out", async () => {
    documented(
      "models/models_0",
      "The JSON document that describes the policy. policyDocument must have a minimum length of 1, with a maximum length of 2048, excluding whitespace.",
    );
    documented(
      "commands/CreatePolicyCommand",
      "{@link MalformedPolicyException} (client fault) The policy documentation is not valid.",
    );
    const make = (policyName: string, policyDocument: string) =>
      client.send(new CreatePolicyCommand({ policyName, policyDocument }));
    await make("fits", document(2048).replaceAll(",", ", \n "));
    await expect(make("too-long", document(2049))).rejects.toMatchObject({
      name: "MalformedPolicyException",
    });
  });

  it("have five versions", async () => {
    documented(
      "commands/CreatePolicyVersionCommand",
      "A managed policy can have up to five versions. If the policy has five versions, you must use DeletePolicyVersion to delete an existing version before you create a new one.",
    );
    documented(
      "commands/CreatePolicyVersionCommand",
      "{@link VersionsLimitExceededException} (client fault) The number of policy versions exceeds the limit.",
    );
    const [policyName, policyDocument] = ["versions", document(200)];
    await client.send(new CreatePolicyCommand({ policyName, policyDocument }));
    const version = () => client.send(new CreatePolicyVersionCommand({ policyName, policyDocument }));
    for (let made = 1; made < 5; made += 1) await version();
    await expect(version()).rejects.toMatchObject({ name: "VersionsLimitExceededException" });
  });

  // How many, "AWS IoT Core endpoints and quotas" says: ten to a certificate.
  it("are attached ten at most to one certificate", async () => {
    documented(
      "commands/AttachPolicyCommand",
      "{@link LimitExceededException} (client fault) A limit has been exceeded.",
    );
    const { certificateArn: target } = await sign(pemOf(makeCsr()));
    const attach = (policyName: string) => client.send(new AttachPolicyCommand({ policyName, target }));
    for (let number = 0; number < 11; number += 1) iot.model.createPolicy(`ten-${number}`, document(200));
    for (let number = 0; number < 10; number += 1) await attach(`ten-${number}`);
    await expect(attach("ten-10")).rejects.toMatchObject({
      name: "LimitExceededException",
      $metadata: { httpStatusCode: 410 },
    });
  });
});

describe("calls, as AWS documents them", () => {
  it.each([
    [
      "CreateCertificateFromCsrCommand",
      15,
      () => new CreateCertificateFromCsrCommand({ certificateSigningRequest: "" }),
    ],
    [
      "UpdateCertificateCommand",
      10,
      () => new UpdateCertificateCommand({ certificateId: "0".repeat(64), newStatus: "ACTIVE" }),
    ],
    ["ListCertificatesCommand", 10, () => new ListCertificatesCommand({})],
  ] as const)(
    "%s is throttled beyond its quota of %i a second, and is answered again afterwards",
    async (page, quota, made) => {
      documented(
        `commands/${page}`,
        "{@link ThrottlingException} (client fault) The rate exceeds the limit.",
      );
      const back = withEnvironment(throttled.env);
      const busy = new IoTClient({ maxAttempts: 1 });
      const asked = await Promise.allSettled(
        Array.from({ length: 3 * quota }, () => busy.send(made() as ListCertificatesCommand)),
      );
      const names = asked.map((one) => (one.status === "rejected" ? one.reason.name : "answered"));
      const refused = names.filter((name) => name === "ThrottlingException").length;
      expect(refused).toBeGreaterThan(0);
      expect(3 * quota - refused).toBeGreaterThanOrEqual(quota);
      // The SDK tries again by itself.
      const patient = new IoTClient({ maxAttempts: 5 });
      await patient.send(made() as ListCertificatesCommand).catch((error: Error) => {
        expect(error.name).not.toBe("ThrottlingException");
      });
      back();
      busy.destroy();
      patient.destroy();
    },
  );

  it("end a session by its client id, and say where there is none", async () => {
    const page = "commands/DeleteConnectionCommand";
    documented(page, "Disconnects a connected MQTT client from Amazon Web Services IoT Core.", "data");
    documented(
      page,
      "{@link ResourceNotFoundException} (client fault) The specified resource does not exist.",
      "data",
    );
    const data = new IoTDataPlaneClient({ maxAttempts: 1 });
    const end = (clientId: string) => data.send(new DeleteConnectionCommand({ clientId }));
    const ended: string[] = [];
    const stop = iot.model.onDisconnect((clientId) => clientId === "333.hula" && ended.push(clientId) > 0);
    await end("333.hula");
    await expect(end("334.hula")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    stop();
    expect(ended).toEqual(["333.hula"]);
  });
});
