import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnParser, AsnSerializer } from "@peculiar/asn1-schema";
import fc from "fast-check";
import { parseCertificateRequest } from "../../../core/keys/csr.ts";
import { oidOf, readDer } from "../../../core/keys/der.ts";
import { pemOf } from "../made-csr.ts";

const made: { honest: Record<string, string> } = JSON.parse(
  readFileSync(new URL("../../fixtures/csrs.json", import.meta.url), "utf8"),
);
const honest = Object.values(made.honest).map((pem) =>
  Buffer.from(pem.split("\n").slice(1, -2).join(""), "base64"),
);
const read = (hex: string) => readDer(Buffer.from(hex, "hex"));

describe("readDer", () => {
  it.each([
    ["nothing", ""],
    ["a tag alone", "30"],
    ["a length beyond the end", "300501"],
    ["a byte after the end", "300000"],
    ["a long length where a short one does", "30810105"],
    ["a length with leading zeros", `3082008004${"00".repeat(0x80)}`],
    ["an unknown length", "308005000000"],
    ["a length of four bytes", "3084000000020500"],
    ["a tag of several bytes", "1f810100"],
    ["a string in pieces", "2c020c00"],
    ["bits in pieces", "2303030100"],
    ["a sequence without parts' tag bit", "1000"],
    ["a set without parts' tag bit", "1100"],
    ["an integer of no byte", "0200"],
    ["an integer with a zero too many", "02020001"],
    ["an integer with a sign too many", "0202ffff"],
    ["a boolean of 1", "010101"],
    ["a NULL of a byte", "050100"],
    ["bits that say nothing of the last byte", "0300"],
    ["eight unused bits", "03020800"],
    ["unused bits of nothing", "030101"],
    ["unused bits that are set", "03020101"],
    ["an object id of nothing", "0600"],
    ["an object id cut off", "06022a86"],
    ["an object id with a number that begins with zeros", "06032a8001"],
    ["a mark of an end", "30020000"],
    ["a fault far inside", "3006300430020102"],
  ])("refuses %s", (_, hex) => {
    expect(read(hex)).toBeUndefined();
  });

  it("refuses what lies too deep to be honest", () => {
    const nested = (depth: number) =>
      Array.from({ length: depth }).reduce<Buffer>(
        (inner) => Buffer.concat([Buffer.from([0x30, inner.length]), inner]),
        Buffer.alloc(0),
      );
    expect(readDer(nested(16))).toBeDefined();
    expect(readDer(nested(18))).toBeUndefined();
  });

  it("gives parts, content and whole of each element", () => {
    const [integer, bits] = read("3009020100a004030200ff")?.parts ?? [];
    expect(integer).toMatchObject({ tag: 2, parts: [], content: Buffer.from([0]) });
    expect(bits).toMatchObject({ tag: 0xa0, whole: Buffer.from("a004030200ff", "hex") });
    expect(bits?.parts).toMatchObject([{ tag: 3, content: Buffer.from([0, 0xff]) }]);
  });

  it.each([
    ["0603550403", "2.5.4.3"],
    ["06092a864886f70d01090e", "1.2.840.113549.1.9.14"],
    ["0603883703", "2.999.3"],
    ["040100", ""],
  ])("names %s", (hex, oid) => {
    expect(oidOf(read(hex))).toBe(oid);
  });

  it("lets no request pass that another reader would read, or write, in another way", () => {
    const bent = fc
      .tuple(fc.constantFrom(...honest), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
      .map(([der, changes]) => {
        const copy = Buffer.from(der);
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        return copy;
      });
    fc.assert(
      fc.property(bent, (der) => {
        if (!parseCertificateRequest(pemOf(der)).ok) return;
        const theirs = AsnParser.parse(der, CertificationRequest);
        expect(Buffer.from(AsnSerializer.serialize(theirs)).equals(der)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("walks any bytes without an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readDer(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
