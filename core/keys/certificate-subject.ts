import { type Parsed, unparsed } from "../place.ts";
import { readSubject, type Subject } from "./csr-subject.ts";
import { readDer, TAG } from "./der.ts";

const BLOCK = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?$/;

/** The subject of a certificate in PEM, if it is one that Warren's requests have: exactly CN, OU and O. */
export function subjectOfCertificate(pem: string): Parsed<Subject> {
  const [, base64] = BLOCK.exec(pem.replaceAll("\r\n", "\n")) ?? [];
  if (base64 === undefined) return unparsed("certificate is not one PEM block");
  // RFC 5280, 4.1: the version, which may be left out, then serial number, algorithm, issuer, validity, subject.
  const [first, ...rest] = readDer(Buffer.from(base64, "base64"))?.parts[0]?.parts ?? [];
  const subject = rest[first?.tag === TAG.first ? 4 : 3];
  return subject?.tag === TAG.sequence ? readSubject(subject) : unparsed("certificate is no X.509 in DER");
}
