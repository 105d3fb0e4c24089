import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { AttributeValue } from "@peculiar/asn1-x509";
import { type Making, makeCsr, OID, pemOf, subjectOf } from "../core/made-csr.ts";
import { honest, hostile } from "../corpus/corpus.ts";
import { AttackedRealm, requestOf } from "./attacked-realm.ts";

const CN = "333.hula.atlas.tunnels.example.org";
const subject = subjectOf(CN, "333", "hula");
const commonName = (text: string) => subjectOf(text, "333", "hula");
const victim = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
  format: "der",
  type: "spki",
});

/** Each is honest but for one thing. */
const WIDENED: readonly (readonly [string, Making])[] = [
  ["another CN", { subject: commonName("334.hula.atlas.tunnels.example.org") }],
  ["another OU", { subject: subjectOf(CN, "334", "hula") }],
  ["another O", { subject: subjectOf(CN, "333", "tern") }],
  ["no O", { subject: subject.slice(0, 2) }],
  ["two CN", { subject: [...subject, [[OID.CN, "334.hula.atlas.tunnels.example.org"]]] }],
  ["two OU", { subject: [...subject, [[OID.OU, "334"]]] }],
  ["the same O twice", { subject: [...subject, [[OID.O, "hula"]]] }],
  [
    "two values in one RDN",
    {
      subject: [
        [
          [OID.CN, CN],
          [OID.CN, "x"],
        ],
        ...subject.slice(1),
      ],
    },
  ],
  [
    "all three in one RDN",
    {
      subject: [
        [
          [OID.CN, CN],
          [OID.OU, "333"],
          [OID.O, "hula"],
        ],
      ],
    },
  ],
  ["an attribute beside them", { subject: [...subject, [["2.5.4.6", "IL"]]] }],
  ["a + in its CN", { subject: commonName(`${CN}+O=tern`) }],
  ["a * in its CN", { subject: commonName("*.hula.atlas.tunnels.example.org") }],
  ["a # in its CN", { subject: commonName(`#${CN}`) }],
  ["a / in its CN", { subject: commonName(`${CN}/O=tern`) }],
  ["a NUL in its CN", { subject: commonName(`${CN}\0`) }],
  ["a NUL in its O", { subject: subjectOf(CN, "333", "hula\0tern") }],
  ["a Cyrillic look-alike in its O", { subject: subjectOf(CN, "333", "hul\u0430") }],
  ["full-width digits in its OU", { subject: subjectOf(CN, "\uff13\uff13\uff13", "hula") }],
  ["upper case", { subject: commonName(CN.toUpperCase()) }],
  ["a blank after its CN", { subject: commonName(`${CN} `) }],
  [
    "a CN in BMPString",
    { subject: [[[OID.CN, new AttributeValue({ bmpString: CN })]], ...subject.slice(1)] },
  ],
  ["a stolen public key, signed by another", { spki: victim }],
];

let realm: AttackedRealm;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());

describe("a submitter who widens a certificate request", () => {
  it.each(WIDENED)("gets nothing for %s", async (_what, making) => {
    const issue = realm.opens("alice", "333.hula.atlas.x509.csr", pemOf(makeCsr({ subject, ...making })));
    expect(await realm.decides(issue)).toBe("refused");
    expect(await realm.world.record("hula/333.json")).toBeUndefined();
    expect(await realm.world.statuses()).toEqual([]);
  });

  it.each(["csr: ca-true", "csr: ca-true-critical"])("gets no CA by %s", async (name) => {
    const issue = realm.opens("alice", "333.hula.atlas.x509.csr", bodyOf(name));
    expect(await realm.decides(issue)).toBe("refused");
    expect(await realm.world.statuses()).toEqual([]);
  });

  it("gets none of the extensions that it asks for", async () => {
    const issue = realm.opens("alice", "333.hula.atlas.x509.csr", bodyOf("csr san-and-usage"));
    expect(await realm.decides(issue)).toBe("granted");
    const record = await realm.world.record("hula/333.json");
    const certificate = new X509Certificate(record?.certificates[0]?.pem ?? "");
    expect(certificate.subjectAltName).toBeUndefined();
    expect(certificate.ca).toBe(false);
  });

  it("would have got it without the widening", async () => {
    const issue = realm.opens("alice", "334.hula.atlas.x509.csr", requestOf("334"));
    expect(await realm.decides(issue)).toBe("granted");
  });
});

function bodyOf(name: string): string {
  const found = [...honest, ...hostile].find((each) => each.name === name);
  if (found === undefined) throw new Error(`the corpus holds no ${name}`);
  return found.body;
}
