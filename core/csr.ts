import type { Parsed } from "./place.ts";

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
  /** Exactly these three attributes, one value each. */
  readonly subject: {
    readonly commonName: string;
    readonly organizationalUnit: string;
    readonly organization: string;
  };
}

export declare function parseCertificateRequest(pem: string): Parsed<CertificateRequest>;
