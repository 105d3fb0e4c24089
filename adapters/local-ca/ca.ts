import "reflect-metadata";
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { Failure } from "../../core/failure.ts";
import { readIfThere } from "../files/read.ts";
import { writeFile, writeSecret } from "../files/write.ts";
import { type CaKeys, makeKeys, printPrivateKey, readKeys } from "./keys.ts";

const KEY_FILE = "ca-key.pem";
const CERTIFICATE_FILE = "ca.pem";
const DAY = 86_400_000;
/** What AWS IoT gives to certificates made from requests. */
const LAST_DAY = new Date("2049-12-31T23:59:59Z");
const SERVER_DAYS = 365;

/** A certificate authority whose P-256 key lies in a file of this machine. */
export class LocalCa {
  readonly certPem: string;
  readonly #keys: CaKeys;
  readonly #certificate: X509Certificate;
  readonly #now: () => Date;

  private constructor(keys: CaKeys, certificate: X509Certificate, now: () => Date) {
    this.#keys = keys;
    this.#certificate = certificate;
    this.#now = now;
    this.certPem = pemOf(certificate);
  }

  /** Loads the CA of a folder, `ca-key.pem` and `ca.pem`; makes what isn't there yet. */
  static async open(folder: string, now: () => Date = () => new Date()): Promise<LocalCa> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [keyFile, certificateFile] = [join(folder, KEY_FILE), join(folder, CERTIFICATE_FILE)];
    const [keyPem, certPem] = await Promise.all([readIfThere(keyFile), readIfThere(certificateFile)]);
    if (keyPem === undefined && certPem !== undefined) {
      throw new Failure("usage", `${certificateFile} stands without its key ${keyFile}`);
    }
    const keys = keyPem === undefined ? await makeKeys() : await readKeys(keyPem, keyFile);
    // The key first: a certificate without its key is of no use, the other way round it is made again.
    if (keyPem === undefined) await writeSecret(keyFile, await printPrivateKey(keys));
    const certificate =
      certPem === undefined ? await selfSigned(keys, now()) : readCertificate(certPem, certificateFile);
    if (certPem === undefined) await writeFile(certificateFile, pemOf(certificate));
    if (!(await certificate.verify({ publicKey: keys.publicKey, signatureOnly: true }))) {
      throw new Failure("usage", `${certificateFile} is not of the key in ${keyFile}`);
    }
    return new LocalCa(keys, certificate, now);
  }

  /** A client's certificate for the subject and the key of a request; whatever else it asks for is left out. */
  async sign(csrPem: string): Promise<string> {
    const request = readRequest(csrPem);
    if (!(await isProved(request))) throw new Failure("refused", "csr is not signed by its own key");
    return this.#issue({
      subject: request.subjectName,
      publicKey: request.publicKey,
      notAfter: LAST_DAY,
      extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
    });
  }

  /** A key and a certificate for a server that is reached by these names and addresses. */
  async serverCertificate(hosts: readonly string[]): Promise<{ keyPem: string; certPem: string }> {
    const keys = await makeKeys();
    const names: JsonGeneralNames = hosts.map((host) => ({
      type: isIP(host) === 0 ? "dns" : "ip",
      value: host,
    }));
    const certPem = await this.#issue({
      subject: `CN=${hosts[0] ?? "localhost"}`,
      publicKey: keys.publicKey,
      notAfter: new Date(this.#now().getTime() + SERVER_DAYS * DAY),
      extensions: [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names),
      ],
    });
    return { keyPem: await printPrivateKey(keys), certPem };
  }

  async #issue({ extensions, ...what }: Issue): Promise<string> {
    const certificate = await X509CertificateGenerator.create({
      ...what,
      serialNumber: serial(),
      issuer: this.#certificate.subjectName,
      notBefore: new Date(this.#now().getTime() - DAY),
      signingKey: this.#keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        ...extensions,
        await SubjectKeyIdentifierExtension.create(what.publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
      ],
    });
    return pemOf(certificate);
  }
}

interface Issue {
  readonly subject: string | Pkcs10CertificateRequest["subjectName"];
  readonly publicKey: CaKeys["publicKey"] | Pkcs10CertificateRequest["publicKey"];
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
}

const selfSigned = async (keys: CaKeys, now: Date): Promise<X509Certificate> =>
  X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=Warren local CA",
    keys,
    // Clocks of computers may be behind.
    notBefore: new Date(now.getTime() - DAY),
    notAfter: LAST_DAY,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

/** 16 bytes, positive and never with leading zeros (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

function readRequest(pem: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(pem);
  } catch (cause) {
    throw new Failure("refused", "csr is no PKCS #10 request", { cause });
  }
}

const isProved = (request: Pkcs10CertificateRequest): Promise<boolean> => request.verify().catch(() => false);

function readCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Failure("usage", `${file} holds no certificate`, { cause });
  }
}

const pemOf = (certificate: X509Certificate): string => `${certificate.toString("pem").trimEnd()}\n`;
