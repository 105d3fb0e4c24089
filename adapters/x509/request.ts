import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import type { SubjectName } from "../../core/computer/enrollment.ts";

/** RFC 4519's attributes, and RFC 5758's ECDSA with SHA-256. */
const OID = { CN: "2.5.4.3", OU: "2.5.4.11", O: "2.5.4.10", ecdsaWithSha256: "1.2.840.10045.4.3.2" } as const;

/** A new P-256 key, PKCS #8 in PEM: of the kinds that brokers take, by far the fastest to make and to shake hands with. */
export const makeX509Key = (): string =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey;

/** A signing request (PKCS #10 in PEM) with exactly this subject, and no requested extensions. */
export function makeRequest(keyPem: string, subject: SubjectName): string {
  const key = createPrivateKey(keyPem);
  const info = new CertificationRequestInfo({
    version: 0,
    subject: new Name((["CN", "OU", "O"] as const).map((label) => attribute(OID[label], subject[label]))),
    subjectPKInfo: AsnConvert.parse(spkiOf(key), SubjectPublicKeyInfo),
    attributes: new Attributes(),
  });
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(info)), key);
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: OID.ecdsaWithSha256 }),
    signature: Uint8Array.from(signature).buffer,
  });
  const base64 = Buffer.from(AsnConvert.serialize(request)).toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE REQUEST-----", ...lines, "-----END CERTIFICATE REQUEST-----", ""].join(
    "\n",
  );
}

const spkiOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: "spki", format: "der" });

const attribute = (type: string, text: string): RelativeDistinguishedName =>
  new RelativeDistinguishedName([
    new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String: text }) }),
  ]);
