import "reflect-metadata";
import { createHash, webcrypto } from "node:crypto";
import { p256 } from "@noble/curves/p256.js";
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificateList } from "@peculiar/asn1-x509";
import {
  AuthorityKeyIdentifierExtension,
  PemConverter,
  type X509Certificate,
  X509CrlGenerator,
} from "@peculiar/x509";
import { serialOf } from "../../core/broker/certificate-id.ts";
import type { RevokedCertificate } from "../../core/ports/certificates.ts";
import type { CaKeys } from "./keys.ts";

/**
 * A list (RFC 5280, 5) that names the same certificates is the same text, so that a sync sends nothing for it: its date
 * is that of the last revocation. It has no end before the CA's: an old one must let in whom it let in yesterday, for
 * the host that holds it may be cut off from whoever makes the next.
 */
export async function printRevocationList(
  ca: X509Certificate,
  keys: CaKeys,
  revoked: readonly RevokedCertificate[],
): Promise<string> {
  const sorted = revoked.toSorted((a, b) => (a.certificate < b.certificate ? -1 : 1));
  const last = revoked.reduce((latest, { at }) => Math.max(latest, Date.parse(at)), ca.notBefore.getTime());
  const crl = await X509CrlGenerator.create({
    issuer: ca.subject,
    thisUpdate: new Date(last),
    nextUpdate: ca.notAfter,
    entries: sorted.map(({ certificate, at }) => ({
      serialNumber: serialOf(certificate),
      revocationDate: new Date(at),
    })),
    extensions: [await AuthorityKeyIdentifierExtension.create(keys.publicKey)],
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    signingKey: keys.privateKey,
  });
  return PemConverter.encode(await signedAlike(crl.rawData, keys), "X509 CRL").concat("\n");
}

/** The same list under RFC 6979's signature: WebCrypto's is another one every time. */
async function signedAlike(crl: ArrayBuffer, keys: CaKeys): Promise<ArrayBuffer> {
  const list = AsnConvert.parse(crl, CertificateList);
  const { d = "" } = await webcrypto.subtle.exportKey("jwk", keys.privateKey);
  const hash = createHash("sha256")
    .update(Buffer.from(AsnConvert.serialize(list.tbsCertList)))
    .digest();
  const signature = p256.sign(hash, Buffer.from(d, "base64url"), { lowS: false });
  list.signature = Uint8Array.from(signature.toDERRawBytes()).buffer;
  return AsnConvert.serialize(list);
}
