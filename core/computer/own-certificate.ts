import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import type { CertificateEntry } from "../access/certificates-file.ts";

/** The newest of the certificates that is for this very key; undefined if none is. */
export function certificateFor(
  keyPem: string,
  certificates: readonly CertificateEntry[],
): string | undefined {
  const own = spki(createPublicKey(createPrivateKey(keyPem)));
  return certificates.findLast(({ pem }) => spki(new X509Certificate(pem).publicKey).equals(own))?.pem;
}

const spki = (key: ReturnType<typeof createPublicKey>): Buffer => key.export({ type: "spki", format: "der" });
