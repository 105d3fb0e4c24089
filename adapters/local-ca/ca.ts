import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type Name,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

export const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** As AWS IoT Core gives to certificates that it signs. */
const END_OF_TIME = new Date("2049-12-31T23:59:59Z");
/** A device's clock may be behind ours. */
const CLOCK_SKEW_MS = 5 * 60_000;

export interface CertificateAndKey {
  readonly certPem: string;
  readonly keyPem: string;
}

/** A certificate authority with a P-256 key, which signs for the clients of a broker and for the broker itself. */
export class LocalCa {
  readonly certPem: string;
  readonly #certificate: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.#certificate = certificate;
    this.#key = key;
    this.certPem = `${certificate.toString("pem")}\n`;
  }

  static async load({ certPem, keyPem }: CertificateAndKey): Promise<LocalCa> {
    const [key] = PemConverter.decode(keyPem);
    if (key === undefined) throw new Error("key is no PEM");
    return new LocalCa(
      new X509Certificate(certPem),
      await webcrypto.subtle.importKey("pkcs8", key, P256, false, ["sign"]),
    );
  }

  /**
   * Signs a client's certificate, in PEM. Of the request only subject and key count: whatever extensions it asks for
   * are left out. Its signature and its subject are for the caller to judge.
   */
  async sign(csr: { readonly pem: string }, notAfter: Date = END_OF_TIME): Promise<string> {
    const request = new Pkcs10CertificateRequest(csr.pem);
    const extensions = [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    ];
    return this.#issue(request.subjectName, request.publicKey, extensions, notAfter);
  }

  /** A fresh key and its certificate for a server that is reached by these names and addresses. */
  async serverCertificate(hosts: readonly [string, ...string[]]): Promise<CertificateAndKey> {
    const keys = await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
    const names = hosts.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
    const certPem = await this.#issue(
      `CN=${hosts[0]}`,
      keys.publicKey,
      [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names),
      ],
      END_OF_TIME,
    );
    return { certPem, keyPem: await printKey(keys.privateKey) };
  }

  async #issue(
    subject: Name | string,
    publicKey: Pkcs10CertificateRequest["publicKey"] | webcrypto.CryptoKey,
    extensions: readonly Extension[],
    notAfter: Date,
  ): Promise<string> {
    const certificate = await X509CertificateGenerator.create(
      {
        serialNumber: serialNumber(),
        issuer: this.#certificate.subjectName,
        subject,
        notBefore: new Date(Date.now() - CLOCK_SKEW_MS),
        notAfter,
        publicKey,
        signingKey: this.#key,
        signingAlgorithm: P256,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          ...extensions,
          await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey, false, webcrypto),
          await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
        ],
      },
      webcrypto,
    );
    return `${certificate.toString("pem")}\n`;
  }
}

/** Makes a new authority: what `LocalCa.load` takes. */
export async function makeAuthority(commonName: string): Promise<CertificateAndKey> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: [{ CN: [commonName] }],
      notBefore: new Date(Date.now() - CLOCK_SKEW_MS),
      notAfter: END_OF_TIME,
      keys,
      signingAlgorithm: P256,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certPem: `${certificate.toString("pem")}\n`, keyPem: await printKey(keys.privateKey) };
}

/** Sixteen random bytes, positive and without a leading zero, as DER wants integers. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

async function printKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
