import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
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

/** What a request made here may say against the rules; all else is as an honest one. */
export interface Making {
  /** RDNs of [object id, value]; strings become UTF8String. */
  readonly subject?: readonly (readonly (readonly [string, AttributeValue | string])[])[];
  readonly keys?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  /** Put into the request instead of the pair's own. */
  readonly spki?: Buffer;
  readonly algorithm?: string;
  readonly version?: number;
}

export const OID = { CN: "2.5.4.3", OU: "2.5.4.11", O: "2.5.4.10" } as const;

export const subjectOf = (commonName: string, organizationalUnit: string, organization: string) =>
  [[[OID.CN, commonName]], [[OID.OU, organizationalUnit]], [[OID.O, organization]]] as const;

const HONEST = subjectOf("333.hula.atlas.tunnels.example.org", "333", "hula");

/** A signed request in DER. */
export function makeCsr(making: Making = {}): Buffer {
  const keys = making.keys ?? generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = making.spki ?? keys.publicKey.export({ format: "der", type: "spki" });
  const info = new CertificationRequestInfo({
    version: making.version ?? 0,
    subject: new Name((making.subject ?? HONEST).map(rdnOf)),
    subjectPKInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    attributes: new Attributes(),
  });
  const isRsa = keys.privateKey.asymmetricKeyType === "rsa";
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: new AlgorithmIdentifier({
      algorithm: making.algorithm ?? (isRsa ? "1.2.840.113549.1.1.11" : "1.2.840.10045.4.3.2"),
      ...(isRsa ? { parameters: Uint8Array.from([5, 0]).buffer } : {}),
    }),
    signature: bufferOf(sign("sha256", Buffer.from(AsnConvert.serialize(info)), keys.privateKey)),
  });
  return Buffer.from(AsnConvert.serialize(request));
}

export const pemOf = (der: Buffer): string =>
  [
    "-----BEGIN CERTIFICATE REQUEST-----",
    ...(der.toString("base64").match(/.{1,64}/g) ?? []),
    "-----END CERTIFICATE REQUEST-----",
    "",
  ].join("\n");

const rdnOf = (rdn: readonly (readonly [string, AttributeValue | string])[]) =>
  new RelativeDistinguishedName(
    rdn.map(
      ([type, value]) =>
        new AttributeTypeAndValue({
          type,
          value: typeof value === "string" ? new AttributeValue({ utf8String: value }) : value,
        }),
    ),
  );

const bufferOf = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer;
