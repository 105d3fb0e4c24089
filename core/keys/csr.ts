import { createHash } from "node:crypto";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnParser, AsnSerializer } from "@peculiar/asn1-schema";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { attributesProblem } from "./csr-attributes.ts";
import { readRequestKey, signatureProblem } from "./csr-key.ts";
import { printPem, readPem } from "./csr-pem.ts";
import { readSubject, type Subject } from "./csr-subject.ts";
import { elementsOf } from "./der.ts";

declare const brand: unique symbol;

/** SHA-256 in lower-case hex. */
export type Sha256 = string & { readonly [brand]: "sha256" };

/** A certificate signing request (RFC 2986) after the strict grammar; its self-signature has been verified. */
export interface CertificateRequest {
  /** Printed anew from the DER: 64 columns, LF, a final newline. */
  readonly pem: string;
  /** Of the DER. */
  readonly sha256: Sha256;
  /** Of the SubjectPublicKeyInfo: two requests for one key share it. */
  readonly keySha256: Sha256;
  /** `ec-p256`, `ec-p384`, `rsa-2048` …: as in realm.yaml's `keys.x509`. */
  readonly keyType: string;
  readonly bits: number;
  readonly subject: Subject;
}

/** Reads one PEM block; the key's size is for the realm's key policy to judge, all else is judged here. */
export function parseCertificateRequest(pem: string): Parsed<CertificateRequest> {
  const read = readRequest(pem);
  return read.ok ? read : unparsed(`csr ${read.problem}`);
}

function readRequest(pem: string): Parsed<CertificateRequest> {
  const der = readPem(pem);
  if (!der.ok) return der;
  const request = decode(der.value);
  if (!request.ok) return request;
  const info = request.value.certificationRequestInfo;
  const [signed] = elementsOf(der.value);
  const [, , spki] = signed === undefined ? [] : elementsOf(signed);
  if (signed === undefined || spki === undefined) return unparsed("is no PKCS #10 request in DER");
  if (info.version !== 0) return unparsed(`has version ${info.version + 1}; 1 is the only one`);

  const subject = readSubject(info.subject);
  if (!subject.ok) return subject;
  const key = readRequestKey(spki);
  if (!key.ok) return key;
  const problem = attributesProblem(info.attributes) ?? signatureProblem(request.value, signed, key.value);
  if (problem !== undefined) return unparsed(problem);
  return parsed({
    pem: printPem(der.value),
    sha256: sha256(der.value),
    keySha256: sha256(spki),
    keyType: key.value.type,
    bits: key.value.bits,
    subject: subject.value,
  });
}

/** What is read must also write the same bytes: so nothing follows, and BER, which others might read otherwise, is out. */
function decode(der: Buffer): Parsed<CertificationRequest> {
  try {
    const request = AsnParser.parse(der, CertificationRequest);
    if (Buffer.from(AsnSerializer.serialize(request)).equals(der)) return parsed(request);
    return unparsed("is not in DER, or has bytes after its end");
  } catch {
    return unparsed("is no PKCS #10 request in DER");
  }
}

const sha256 = (bytes: Buffer): Sha256 => createHash("sha256").update(bytes).digest("hex") as Sha256;
