import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { caOfBroker } from "../../../adapters/local-ca/broker-ca.ts";
import { LocalCa } from "../../../adapters/local-ca/ca.ts";
import { LocalCertificates } from "../../../adapters/local-ca/certificates.ts";
import { serialOf, userOf } from "../../../core/broker/certificate-id.ts";
import { parseCertificateRequest } from "../../../core/keys/csr.ts";
import { parseDuration } from "../../../core/time.ts";
import { makeCsr, pemOf } from "../../core/made-csr.ts";
import { at, good } from "../../made/access.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const csr = good(parseCertificateRequest(pemOf(makeCsr())));
const own = (ca: string) =>
  ({ type: "mqtt", url: "mqtts://broker.example.org", ca, presence: false, hosts: [] }) as const;

let folder: string;
let ca: LocalCa;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  ca = await LocalCa.open(folder);
});
afterEach(() => rm(folder, { recursive: true }));

describe("certificates of a CA of one's own", () => {
  it("carry their id as serial number and name, so that whoever knows the id can revoke or name them", async () => {
    const { certificate, pem } = await new LocalCertificates(ca).createInactive(csr);
    expect(certificate).toMatch(/^[0-9a-f]{64}$/);
    const issued = new X509Certificate(pem);
    expect(issued.serialNumber.toLowerCase()).toBe(serialOf(certificate));
    expect(issued.subjectAltName).toBe(`email:${userOf(certificate)}`);
    expect(new Date(issued.validTo).toISOString()).toBe("2049-12-31T23:59:59.000Z");
  });

  it("are another one for every call, as AWS IoT's are", async () => {
    const certificates = new LocalCertificates(ca);
    const [one, other] = [await certificates.createInactive(csr), await certificates.createInactive(csr)];
    expect(one.certificate).not.toBe(other.certificate);
    expect(new X509Certificate(one.pem).serialNumber).not.toBe(new X509Certificate(other.pem).serialNumber);
  });

  it("last as long as realm.yaml says", async () => {
    const now = () => new Date("2026-11-21T08:00:00Z");
    const { pem } = await new LocalCertificates(ca, good(parseDuration("90d")), now).createInactive(csr);
    expect(new Date(new X509Certificate(pem).validTo).toISOString()).toBe("2027-02-19T08:00:00.000Z");
  });
});

describe("the CA of realm.yaml's broker", () => {
  it("is the first certificate of broker.ca, with the key that is given", async () => {
    const key = await readFile(join(folder, "ca-key.pem"), "utf8");
    const other = await LocalCa.open(join(folder, "other"));
    const signs = await caOfBroker(own(ca.certPem + other.certPem), key);
    expect(signs.certPem).toBe(ca.certPem);
    await expect(caOfBroker(own(other.certPem + ca.certPem), key)).rejects.toMatchObject({ code: "usage" });
  });

  it("signs nothing without its key, and says what to set", async () => {
    await expect(caOfBroker(own(ca.certPem), undefined)).rejects.toMatchObject({
      code: "refused",
      hint: "set WARREN_CA_KEY, or WARREN_CA_KEY_PATH to a file of mode 0600",
    });
  });

  it("says nothing of a key that can't be read but that it can't", async () => {
    const failed = await caOfBroker(own(ca.certPem), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n").catch(
      (error: unknown) => JSON.stringify(error, Object.getOwnPropertyNames(error)),
    );
    expect(failed).toContain("WARREN_CA_KEY holds no P-256 private key in PEM");
    expect(failed).not.toContain("c2VjcmV0");
  });
});

describe("the list of revoked certificates", () => {
  it("is the same text for the same certificates, in whatever order", async () => {
    const [one, two] = ["a", "b"].map((digit) => ({
      certificate: digit.repeat(64),
      at: at("2026-11-21T08:00:00Z"),
    }));
    if (one === undefined || two === undefined) throw new Error("unreachable");
    const list = await ca.revocationList([one, two]);
    expect(await ca.revocationList([two, one])).toBe(list);
    expect(await (await LocalCa.open(folder)).revocationList([one, two])).toBe(list);
    expect(await ca.revocationList([one])).not.toBe(list);
    expect(await ca.revocationList([])).toBe(await ca.revocationList([]));
  });

  (hasOpenssl ? it : it.skip)("makes openssl refuse what it names, and nothing else", async () => {
    const certificates = new LocalCertificates(ca);
    const [revoked, good] = [await certificates.createInactive(csr), await certificates.createInactive(csr)];
    const verify = async (pem: string, revokedOnes: readonly string[]) => {
      const list = revokedOnes.map((certificate) => ({ certificate, at: at("2026-11-21T08:00:00Z") }));
      await writeFile(join(folder, "crl.pem"), await ca.revocationList(list));
      await writeFile(join(folder, "client.pem"), pem);
      const args = [
        "verify",
        "-x509_strict",
        "-crl_check",
        "-CAfile",
        "ca.pem",
        "-CRLfile",
        "crl.pem",
        "client.pem",
      ];
      return spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
    };
    expect((await verify(revoked.pem, [])).stdout).toMatch(/: OK/);
    expect((await verify(good.pem, [revoked.certificate])).stdout).toMatch(/: OK/);
    expect((await verify(revoked.pem, [revoked.certificate])).stderr).toContain("certificate revoked");
    const printed = execFileSync("openssl", ["crl", "-noout", "-text", "-in", join(folder, "crl.pem")], {
      encoding: "utf8",
    });
    expect(printed).toContain(serialOf(revoked.certificate).toUpperCase());
  });
});
