import { createHash, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { AttributeValue } from "@peculiar/asn1-x509";
import { parseCertificateRequest } from "../../../core/keys/csr.ts";
import { makeCsr, OID, pemOf, subjectOf } from "../made-csr.ts";

/** Requests that openssl made. */
const made: { honest: Record<string, string>; hostile: Record<string, string> } = JSON.parse(
  readFileSync(new URL("../../fixtures/csrs.json", import.meta.url), "utf8"),
);

const problemOf = (text: string): string => {
  const read = parseCertificateRequest(text);
  return read.ok ? `accepted ${JSON.stringify(read.value)}` : read.problem;
};
const honest = made.honest.p256 ?? "";
const derOf = (pem: string): Buffer => Buffer.from(pem.split("\n").slice(1, -2).join(""), "base64");

describe("parseCertificateRequest", () => {
  it.each(Object.entries(made.honest))("reads openssl's %s", (name, pem) => {
    const type =
      /^(?:p384|rsa\d+)/.exec(name)?.[0].replace("rsa", "rsa-").replace("p384", "ec-p384") ?? "ec-p256";
    expect(parseCertificateRequest(pem)).toEqual({
      ok: true,
      value: {
        pem,
        sha256: createHash("sha256").update(derOf(pem)).digest("hex"),
        keySha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        keyType: type,
        bits: Number(/\d+/.exec(type.replace("ec-p", ""))?.[0]),
        subject: {
          commonName: "333.hula.atlas.tunnels.example.org",
          organizationalUnit: "333",
          organization: "hula",
        },
      },
    });
  });

  it("hashes the key as openssl pkey -pubin -outform DER does", () => {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = keys.publicKey.export({ format: "der", type: "spki" });
    expect(parseCertificateRequest(pemOf(makeCsr({ keys })))).toMatchObject({
      value: { keySha256: createHash("sha256").update(spki).digest("hex") },
    });
  });

  it("takes CRLF, blanks at line ends and around the block, and prints the PEM anew", () => {
    const spoiled = `\r\n \n${honest.replaceAll("\n", " \t\r\n")}\n\n`;
    expect(parseCertificateRequest(spoiled)).toMatchObject({ ok: true, value: { pem: honest } });
    const old = honest.replaceAll("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST");
    expect(parseCertificateRequest(old)).toMatchObject({ ok: true, value: { pem: honest } });
  });

  it.each([
    ["ca-true", "asks for a CA certificate"],
    ["ca-true-critical", "asks for a CA certificate"],
    ["sha1", "signed by the algorithm"],
    ["p521", 'key of type "secp521r1"; use P-256, P-384 or RSA'],
    ["ed25519", 'key of type "ed25519"'],
    ["explicit", "public key that is not written in its one form"],
    ["compressed", "public key that is not written in its one form"],
    ["pss", 'key of type "rsa-pss"'],
    ["pss-sig", "signed by the algorithm"],
    ["multi-rdn", "RDN of several values"],
    ["two-cn", "subject has CN twice"],
    ["country", 'attribute "2.5.4.6"'],
    ["email", 'attribute "1.2.840.113549.1.9.1"'],
    ["no-ou", "subject has no OU"],
    ["wildcard", 'subject has "*" in CN'],
    ["hash", 'subject has "#" in CN'],
    ["plus", 'subject has "+" in CN'],
    ["lookalike", 'subject has "\\u0430" in O "hul\\u0430"'],
    ["space", 'subject has " " in CN'],
    ["rsa512", "RSA modulus of 512 bits"],
    ["rsa-e3", "RSA exponent 3"],
  ])("refuses openssl's %s", (name, problem) => {
    expect(problemOf(made.hostile[name] ?? "")).toContain(problem);
  });

  it("has a test for each hostile fixture", () => {
    expect(
      Object.values(made.hostile)
        .map(problemOf)
        .filter((problem) => problem.startsWith("accepted")),
    ).toEqual([]);
  });

  const text = (value: string) => subjectOf(value, "333", "hula");
  it.each([
    ["a NUL", text("333.hula.atlas\0.evil"), '"\\u0000" in CN'],
    ["a slash", text("333/hula"), '"/" in CN'],
    ["nothing in it", text(""), "an empty CN"],
    ["65 characters", text("a".repeat(65)), "CN of 65 characters"],
    ["a BMPString", [[[OID.CN, new AttributeValue({ bmpString: "333" })]]], "another string type"],
    ["a TeletexString", [[[OID.CN, new AttributeValue({ teletexString: "333" })]]], "another string type"],
    ["an IA5String", [[[OID.CN, new AttributeValue({ ia5String: "333" })]]], "another string type"],
    ["an empty RDN", [[], ...subjectOf("a", "b", "c")], "RDN of several values"],
    ["nobody", [], "has no CN, OU, O"],
    ["two OUs", [...subjectOf("a", "b", "c"), [[OID.OU, "d"]]], "OU twice"],
  ] as const)("refuses a subject with %s", (_, subject, problem) => {
    expect(problemOf(pemOf(makeCsr({ subject })))).toContain(problem);
  });

  it("refuses a request for somebody else's public key", () => {
    const stolen = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
      format: "der",
      type: "spki",
    });
    expect(problemOf(pemOf(makeCsr({ spki: stolen })))).toContain("is not signed by its own key");
  });

  it("refuses a request with a changed byte anywhere", () => {
    const der = derOf(honest);
    for (let at = 0; at < der.length; at++) {
      const bent = Buffer.from(der);
      bent[at] = (bent[at] ?? 0) ^ 0x20;
      expect(problemOf(pemOf(bent))).toMatch(/^csr (?!accepted)/);
    }
  });

  it("refuses an algorithm of another kind of key, another version, and bytes after the end", () => {
    expect(problemOf(pemOf(makeCsr({ algorithm: "1.2.840.113549.1.1.11" })))).toContain("not its key's");
    expect(problemOf(pemOf(makeCsr({ version: 2 })))).toContain("has version 3");
    expect(problemOf(pemOf(Buffer.concat([derOf(honest), Buffer.from([0])])))).toContain(
      "bytes after its end",
    );
  });

  it("refuses lengths that BER allows and DER does not", () => {
    const der = derOf(honest);
    // The outer SEQUENCE's length, spelled with a byte more than it needs: 30 82 xx xx → 30 83 00 xx xx.
    expect(der.subarray(0, 2).toString("hex")).toBe("3082");
    const padded = Buffer.concat([Buffer.from([0x30, 0x83, 0x00]), der.subarray(2)]);
    expect(problemOf(pemOf(padded))).toMatch(/not in DER|no PKCS #10/);
  });

  it("refuses an off-curve point", () => {
    const spki = Buffer.from(
      generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" }),
    );
    spki.fill(1, spki.length - 32);
    expect(problemOf(pemOf(makeCsr({ spki })))).toContain("public key that can't be read");
  });

  it.each([
    ["", "is empty"],
    ["\n \n", "is empty"],
    [`Certificate Request:\n${honest}`, "is not one PEM block"],
    [`${honest}${honest}`, "is not one PEM block"],
    [`${honest}x`, "is not one PEM block"],
    [honest.replaceAll("CERTIFICATE REQUEST", "CERTIFICATE"), "is not one PEM block"],
    [honest.replace("-----END", "----END"), "is not one PEM block"],
    [honest.replaceAll("CERTIFICATE REQUEST", "EC PRIVATE KEY"), "has a private key"],
    [honest.replace("MI", "M!"), 'has "!" in its base64'],
    [honest.replace("MI", "M I"), 'has " " in its base64'],
    [honest.replace("MI", "М"), 'has "\\u041c" in its base64'],
    [honest.replace("REQUEST-----\n", "REQUEST-----\nProc-Type: 4\n\n"), "is not one PEM block"],
    [honest.replace("\n-----END", "=\n-----END"), "has base64 that is cut off, or not in its one form"],
    ["-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "is not in DER"],
    [
      "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----",
      "is no PKCS #10 request",
    ],
    ["x".repeat(20_000), "has 20000 characters; 16384 at most"],
  ])("refuses %#", (text, problem) => {
    expect(problemOf(text)).toContain(`csr ${problem}`);
  });
});
