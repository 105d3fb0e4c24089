import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { AwsIotCertificates } from "../../../adapters/aws-iot/certificates.ts";
import type { CertificateSummary, Certificates } from "../../../core/ports/certificates.ts";
import { InMemoryCertificates } from "../../../sandbox/iot/certificates.ts";
import { IotRefusal } from "../../../sandbox/iot/refusal.ts";
import type { StartedIot } from "../../../sandbox/iot/start.ts";
import { madeRequest } from "../../made/csr.ts";
import { startedIot, withEnvironment } from "../../made/iot.ts";

const policies = { device: "tunnel.target", controller: "tunnel.controller" };
const region = "eu-central-1";
const NOBODYS = "0".repeat(64);

let iot: StartedIot;
let restore: () => void;
/** Ids of more certificates than a page holds: one revoked, then in turn inactive and active. */
let many: readonly string[];
/** What the service answers instead of the next calls. */
const faults: IotRefusal[] = [];
/** Paths that are answered so. */
const forbidden = new Set<string>();
const down = new Set<string>();
const servers: Server[] = [];

beforeAll(async () => {
  iot = await startedIot({ throttled: false, fault });
  restore = withEnvironment(iot.env);
  const { pem } = madeRequest();
  const made = Array.from({ length: 251 }, (_, index) =>
    iot.model.createCertificateFromCsr(pem, index % 2 === 0),
  );
  many = (await Promise.all(made)).map(({ id }) => id);
  iot.model.updateCertificate(many[0] ?? "", "REVOKED");
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});
afterAll(async () => {
  restore();
  await iot.close();
});

const fault = ({ path }: { readonly path: string }): IotRefusal | undefined => {
  if (forbidden.has(path)) return new IotRefusal("ForbiddenException", "not authorized to perform this");
  if (down.has(path)) return new IotRefusal("ServiceUnavailableException", "try later");
  return faults.shift();
};

const listed = async (certificates: Certificates): Promise<readonly CertificateSummary[]> => {
  const all: CertificateSummary[] = [];
  for await (const summary of certificates.list()) all.push(summary);
  return all;
};

const ports: readonly [string, (names?: typeof policies) => Certificates][] = [
  ["AWS's SDK", (names = policies) => new AwsIotCertificates({ region, policies: names })],
  ["the model itself", (names = policies) => new InMemoryCertificates(iot.model, names)],
];

describe.each(ports)("certificates through %s", (_name, open) => {
  it("signs a request, inactive and with the policy of its role", async () => {
    const csr = madeRequest();
    const issued = await open().createInactive(csr, "controller");
    const { fingerprint256 } = new X509Certificate(issued.pem);
    expect(issued.certificate).toBe(fingerprint256.replaceAll(":", "").toLowerCase());
    expect(issued.arn).toBe(`arn:aws:iot:${region}:123456789012:cert/${issued.certificate}`);
    expect(iot.model.find(issued.certificate)).toMatchObject({
      status: "INACTIVE",
      policies: ["tunnel.controller"],
      pem: issued.pem,
    });
  });

  it("signs one request twice into two certificates", async () => {
    const csr = madeRequest();
    const [one, other] = [
      await open().createInactive(csr, "device"),
      await open().createInactive(csr, "device"),
    ];
    expect(one.certificate).not.toBe(other.certificate);
  });

  it("activates, as often as asked", async () => {
    const certificates = open();
    const { certificate } = await certificates.createInactive(madeRequest(), "device");
    await certificates.activate(certificate);
    await certificates.activate(certificate);
    expect(iot.model.find(certificate)?.status).toBe("ACTIVE");
  });

  it("refuses to activate what isn't there", async () => {
    await expect(open().activate(NOBODYS)).rejects.toMatchObject({ code: "refused" });
  });

  it("describes what is there", async () => {
    const certificates = open();
    const { certificate, pem } = await certificates.createInactive(madeRequest(), "device");
    expect(await certificates.describe(certificate)).toEqual({ status: "inactive", pem });
    expect(await certificates.describe(NOBODYS)).toBeUndefined();
  });

  it("removes an active certificate with its policies, and is content when it is gone", async () => {
    const certificates = open();
    const { certificate } = await certificates.createInactive(madeRequest(), "device");
    await certificates.activate(certificate);
    await certificates.remove(certificate);
    expect(iot.model.find(certificate)).toBeUndefined();
    await certificates.remove(certificate);
    await certificates.remove(NOBODYS);
  });

  it("leaves no certificate behind whose policy can't be attached", async () => {
    const before = (await listed(open())).length;
    const certificates = open({ ...policies, device: "missing" });
    await expect(certificates.createInactive(madeRequest(), "device")).rejects.toMatchObject({
      code: "refused",
    });
    expect(await listed(certificates)).toHaveLength(before);
  });

  it("lists all certificates over many pages, each once and with its status", async () => {
    const certificates = open();
    const all = await listed(certificates);
    const statuses = new Map(all.map(({ certificate, status }) => [certificate, status]));
    expect(statuses.size).toBe(all.length);
    expect(many.map((id) => statuses.get(id)).slice(0, 4)).toEqual([
      "other",
      "inactive",
      "active",
      "inactive",
    ]);
    expect(many.every((id) => statuses.has(id))).toBe(true);
    expect(all[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
});

describe.each(ports)("a revocation through %s", (_name, open) => {
  const clientId = "333.hula.atlas.tunnels.example.org";
  const revoked = async (also?: "end session", ends = (id: string): boolean => id === clientId) => {
    const asked: string[] = [];
    const stop = iot.model.onDisconnect((id) => {
      asked.push(id);
      return ends(id);
    });
    const { certificate } = await open().createInactive(madeRequest(), "device");
    await open().activate(certificate);
    await open().remove(certificate, also);
    stop();
    expect(iot.model.find(certificate)).toBeUndefined();
    return asked;
  };

  it("ends the session of its client id", async () => {
    expect(await revoked("end session")).toEqual([clientId]);
  });

  it("is content where there is none", async () => {
    expect(await revoked("end session", () => false)).toEqual([clientId]);
  });

  it("leaves the session alone where a successor may hold it", async () => {
    expect(await revoked()).toEqual([]);
  });
});

describe("a revocation by a role that may not end sessions", () => {
  it("is carried out, and leaves the session to AWS", async () => {
    const certificates = new AwsIotCertificates({ region, policies });
    const { certificate } = await certificates.createInactive(madeRequest(), "device");
    forbidden.add("/connections/333.hula.atlas.tunnels.example.org");
    await certificates.remove(certificate, "end session");
    forbidden.clear();
    expect(iot.model.find(certificate)).toBeUndefined();
  });

  it("is repeated where AWS did not answer to that, for the certificate is still there", async () => {
    const certificates = new AwsIotCertificates({ region, policies });
    const { certificate } = await certificates.createInactive(madeRequest(), "device");
    await certificates.activate(certificate);
    down.add("/connections/333.hula.atlas.tunnels.example.org");
    await expect(certificates.remove(certificate, "end session")).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(iot.model.find(certificate)?.status).toBe("INACTIVE");
    down.clear();
    await certificates.remove(certificate, "end session");
    expect(iot.model.find(certificate)).toBeUndefined();
  });
});

describe("certificates through AWS's SDK, in trouble", () => {
  const open = (endpoint?: string) =>
    new AwsIotCertificates({ region, policies, ...(endpoint === undefined ? {} : { endpoint }) });

  it("retries what was throttled", async () => {
    const { certificate } = await open().createInactive(madeRequest(), "device");
    faults.push(new IotRefusal("ThrottlingException", "Rate exceeded"));
    await open().activate(certificate);
    expect(faults).toEqual([]);
    expect(iot.model.find(certificate)?.status).toBe("ACTIVE");
  });

  it("retries what the service could not do at the moment", async () => {
    const { certificate } = await open().createInactive(madeRequest(), "device");
    faults.push(new IotRefusal("ServiceUnavailableException", "try later"));
    await open().remove(certificate);
    expect(iot.model.find(certificate)).toBeUndefined();
  });

  it("calls a service that nobody serves unavailable", async () => {
    const gone = createServer();
    const endpoint = await serve(gone);
    gone.close();
    await expect(open(endpoint).activate(NOBODYS)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/^certificate service .* does not answer/),
    });
  });

  it("calls an address that isn't AWS's unavailable", async () => {
    const other = createServer((_request, response) => response.writeHead(404).end("<html>"));
    const endpoint = await serve(other);
    await expect(open(endpoint).activate(NOBODYS)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("says where to look when its key is unknown, and shows no key", async () => {
    const again = withEnvironment({ AWS_ACCESS_KEY_ID: "ASIAUNKNOWN", AWS_SECRET_ACCESS_KEY: "hush" });
    const failure: unknown = await open()
      .activate(NOBODYS)
      .catch((error: unknown) => error);
    again();
    expect(failure).toMatchObject({ code: "unavailable", hint: expect.stringContaining("credentials") });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toMatch(/hush|ASIAUNKNOWN|Signature=/);
  });

  it("does not wait long for credentials that nobody has", async () => {
    const silent = createServer(() => {});
    const metadata = await serve(silent);
    const again = withEnvironment({
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata,
      AWS_CONFIG_FILE: "/nonexistent",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
    });
    const since = performance.now();
    await expect(open().activate(NOBODYS)).rejects.toMatchObject({
      code: "unavailable",
      hint: expect.stringContaining("AWS_ACCESS_KEY_ID"),
    });
    again();
    expect(performance.now() - since).toBeLessThan(4000);
  });
});

async function serve(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}
