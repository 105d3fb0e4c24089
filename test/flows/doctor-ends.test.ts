import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { HostNetwork } from "../../adapters/network/network.ts";
import { makeRequest, makeX509Key } from "../../adapters/x509/request.ts";
import { subjectNameOf } from "../../core/computer/enrollment.ts";
import type { Profile } from "../../core/computer/profile.ts";
import type { Finding } from "../../flows/doctor/check.ts";
import { computerChecks } from "../../flows/doctor/computer.ts";
import { brokerCheck } from "../../flows/doctor/hosts.ts";
import { id, madeCertificate, madeKey } from "../made/access.ts";

const DAY = 86_400_000;
const DEVICE = "333.hula.atlas";
const ahead = (days: number) => new Date(Date.now() + days * DAY);

let folder: string;
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

/** What a doctor finds of a broker whose certificate, good for a year, was signed then. */
async function ofBroker(signed: Date): Promise<readonly Finding[]> {
  const ca = await LocalCa.open(join(folder, "ca"), () => signed);
  const { keyPem, certPem } = await ca.serverCertificate(["127.0.0.1"]);
  server = createServer({ key: keyPem, cert: certPem }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ports = { network: new HostNetwork(), now: () => new Date() };
  return brokerCheck(ports, "broker", { host: "127.0.0.1", port, ca: ca.certPem }).run();
}

/** Of a device whose certificate ends then; left out: it has none. */
async function ofDevice(ends?: Date): Promise<readonly Finding[]> {
  const ca = await LocalCa.open(join(folder, "ca"), () => ahead(-1_000));
  const request = makeRequest(makeX509Key(), subjectNameOf(id(DEVICE), ".t.example.org"));
  const pem =
    ends === undefined
      ? undefined
      : await ca.sign(request, { certificate: madeCertificate.certificate, notAfter: ends });
  const profile: Profile = {
    format: 1,
    id: DEVICE,
    repository: "wildlife/atlas",
    proxy: { host: "proxy.example.org", port: 22, hostKeys: [madeKey("proxy")] },
    signers: [madeKey("signer")],
    broker: { url: "mqtts://broker.example.org", clientId: `${DEVICE}.t.example.org`, ca: ca.certPem },
  };
  const nobody = () => Promise.reject(new Error("nobody is asked"));
  const checks = computerChecks(
    { network: new HostNetwork(), now: () => new Date() },
    {
      profile,
      folder,
      store: { load: nobody, save: nobody },
      signatures: { verify: nobody },
      desk: { ask: nobody },
      open: nobody,
      certificate: async () => pem,
    },
  );
  return checks.find(({ name }) => name === `${DEVICE} certificate`)?.run() ?? [];
}

describe("a doctor", () => {
  it.each([
    ["fine", -1, "ok", /^the certificate of 127\.0\.0\.1:\d+ ends at \d{4}-\S+Z$/],
    ["near its end", -340, "problem", /^the certificate of 127\.0\.0\.1:\d+ ends at \S+Z, in 2[45] days$/],
  ])("finds a broker's certificate that is %s", async (_what, signed, outcome, says) => {
    const [answers, end] = await ofBroker(ahead(signed));
    expect(answers?.outcome).toBe("ok");
    expect(end).toMatchObject({ outcome, says: expect.stringMatching(says) });
    if (outcome === "problem") expect(end?.fix).toContain("warren broker certificate 127.0.0.1");
  });

  it("finds a broker's certificate that has ended, and says how to renew it", async () => {
    expect(await ofBroker(ahead(-400))).toEqual([
      {
        outcome: "problem",
        says: expect.stringMatching(
          /^certificate of 127\.0\.0\.1:\d+ is not trusted: certificate has expired/,
        ),
        fix: expect.stringContaining("warren broker certificate 127.0.0.1"),
      },
    ]);
  });

  it.each([
    ["fine", 40, "ok", / ends at \S+Z$/],
    ["near its end", 29.5, "problem", / ends at \S+Z, in 29 days$/],
    ["over", -1, "problem", / ended at \S+Z$/],
  ])("finds a computer's own certificate that is %s", async (_what, days, outcome, says) => {
    const [finding, ...more] = await ofDevice(ahead(days));
    expect(finding).toMatchObject({ outcome, says: expect.stringMatching(says) });
    expect(finding?.fix).toBe(outcome === "ok" ? undefined : `warren enroll --rotate ${DEVICE}`);
    expect(more).toEqual([]);
  });

  it("finds that a computer has no certificate, where its realm has a broker", async () => {
    expect(await ofDevice()).toEqual([
      {
        outcome: "problem",
        says: `there is no x509.pem in ${folder}`,
        fix: `warren enroll ${DEVICE} goes on where it stopped`,
      },
    ]);
  });
});
