import "reflect-metadata";
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, webcrypto, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  BasicConstraintsExtension,
  X509Certificate as ParsedCertificate,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from "@peculiar/x509";
import { LocalCa } from "../../../adapters/local-ca/ca.ts";
import { makeCsr, pemOf } from "../../core/made-csr.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe("a local certificate authority", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("signs a request's key and subject, for clients alone", async () => {
    const ca = await LocalCa.open(folder);
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const issued = new X509Certificate(await ca.sign(pemOf(makeCsr({ keys }))));
    const authority = new X509Certificate(ca.certPem);

    expect(issued.verify(authority.publicKey)).toBe(true);
    expect(issued.checkIssued(authority)).toBe(true);
    expect(issued.checkPrivateKey(keys.privateKey)).toBe(true);
    expect(issued.ca).toBe(false);
    expect(authority.ca).toBe(true);
    expect(issued.subject.split("\n")).toEqual(["CN=333.hula.atlas.tunnels.example.org", "OU=333", "O=hula"]);
    expect(issued.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(issued.subjectAltName).toBeUndefined();
    expect(new Date(issued.validTo).toISOString()).toBe("2049-12-31T23:59:59.000Z");
  });

  it("gives the same request another certificate with another serial number of 16 bytes", async () => {
    const ca = await LocalCa.open(folder);
    const pem = pemOf(makeCsr());
    const [one, other] = [new X509Certificate(await ca.sign(pem)), new X509Certificate(await ca.sign(pem))];
    expect(one.serialNumber).toMatch(/^[0-9A-F]{32}$/);
    expect(other.serialNumber).toMatch(/^[0-9A-F]{32}$/);
    expect(one.serialNumber).not.toBe(other.serialNumber);
  });

  it("writes its own extensions and no others", async () => {
    const ca = await LocalCa.open(folder);
    const issued = new ParsedCertificate(await ca.sign(pemOf(makeCsr())));
    expect(issued.extensions.map(({ type, critical }) => [type, critical])).toEqual([
      ["2.5.29.19", true],
      ["2.5.29.15", true],
      ["2.5.29.37", false],
      ["2.5.29.14", false],
      ["2.5.29.35", false],
    ]);
  });

  it("leaves out what a request asks for: authority, other names", async () => {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const request = await Pkcs10CertificateRequestGenerator.create({
      name: "CN=333",
      keys: await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]),
      signingAlgorithm: { ...algorithm, hash: "SHA-256" },
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new SubjectAlternativeNameExtension([{ type: "dns", value: "tunnels.example.org" }]),
      ],
    });
    const ca = await LocalCa.open(folder);
    const issued = new X509Certificate(await ca.sign(request.toString("pem")));
    expect(issued.ca).toBe(false);
    expect(issued.subjectAltName).toBeUndefined();
  });

  (hasOpenssl ? it : it.skip)("satisfies openssl", async () => {
    const ca = await LocalCa.open(folder);
    const verify = async (purpose: string, pem: string) => {
      const file = join(folder, `${purpose}.pem`);
      await writeFile(file, pem);
      const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", join(folder, "ca.pem"), file];
      return execFileSync("openssl", args, { encoding: "utf8" }).trim();
    };
    expect(await verify("sslclient", await ca.sign(pemOf(makeCsr())))).toMatch(/: OK$/);
    const { certPem } = await ca.serverCertificate(["127.0.0.1", "localhost"]);
    expect(await verify("sslserver", certPem)).toMatch(/: OK$/);
  });

  it("gives a server a certificate of its names and addresses", async () => {
    const ca = await LocalCa.open(folder);
    const { certPem } = await ca.serverCertificate(["127.0.0.1", "localhost"]);
    const server = new X509Certificate(certPem);
    expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(server.checkHost("localhost")).toBe("localhost");
    expect(server.checkHost("example.org")).toBeUndefined();
    expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  });

  it("keeps its key to itself, and is the same authority when opened again", async () => {
    const first = await LocalCa.open(folder);
    expect((await stat(join(folder, "ca-key.pem"))).mode & 0o777).toBe(0o600);
    const again = await LocalCa.open(folder);
    expect(again.certPem).toBe(first.certPem);
    const issued = new X509Certificate(await again.sign(pemOf(makeCsr())));
    expect(issued.verify(new X509Certificate(first.certPem).publicKey)).toBe(true);
  });

  it("signs nothing for a request that its own key did not sign", async () => {
    const ca = await LocalCa.open(folder);
    const stolen = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    const spki = stolen.export({ type: "spki", format: "der" });
    await expect(ca.sign(pemOf(makeCsr({ spki })))).rejects.toMatchObject({ code: "refused" });
  });

  it("never replaces an authority whose key is gone", async () => {
    await LocalCa.open(folder);
    const certificate = await readFile(join(folder, "ca.pem"), "utf8");
    await unlink(join(folder, "ca-key.pem"));
    await expect(LocalCa.open(folder)).rejects.toMatchObject({ code: "usage" });
    expect(await readFile(join(folder, "ca.pem"), "utf8")).toBe(certificate);
  });
});
