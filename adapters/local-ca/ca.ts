import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
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
import { serialOf, userOf } from "../../core/broker/certificate-id.ts";
import { Failure } from "../../core/failure.ts";
import type { RevokedCertificate } from "../../core/ports/certificates.ts";
import { makeFolder } from "../files/make-folder.ts";
import { readIfThere } from "../files/read.ts";
import { writeFile, writeSecret } from "../files/write.ts";
import { type CaKeys, makeKeys, printPrivateKey, readKeys } from "./keys.ts";
import { printRevocationList } from "./revocation-list.ts";

const KEY_FILE = "ca-key.pem";
const CERTIFICATE_FILE = "ca.pem";
const DAY = 86_400_000;
/** What AWS IoT gives to certificates made from requests. */
const LAST_DAY = new Date("2049-12-31T23:59:59Z");
const SERVER_DAYS = 365;

/** What a client's certificate is to say beside what its request does. */
export interface ClientGrant {
  /** 64 hex digits: its serial number and its alternative name follow from it. */
  readonly certificate: string;
  /** Left out: as long as AWS IoT's. */
  readonly notAfter?: Date;
}

/** A certificate authority whose P-256 key lies in a file of this machine, or came out of the environment. */
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
    makeFolder(folder, 0o700);
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
    return LocalCa.#of(keys, certificate, { key: keyFile, certificate: certificateFile }, now);
  }

  /** The CA of a key and of its certificate in PEM; `names` say where they came from, for messages alone. */
  static async of(
    pems: { readonly key: string; readonly certificate: string },
    names: { readonly key: string; readonly certificate: string },
    now: () => Date = () => new Date(),
  ): Promise<LocalCa> {
    const certificate = readCertificate(pems.certificate, names.certificate);
    return LocalCa.#of(await readKeys(pems.key, names.key), certificate, names, now);
  }

  static async #of(
    keys: CaKeys,
    certificate: X509Certificate,
    names: { readonly key: string; readonly certificate: string },
    now: () => Date,
  ): Promise<LocalCa> {
    // By its key, not by its signature: a company's own authority may have signed it.
    const own = Buffer.from(await webcrypto.subtle.exportKey("spki", keys.publicKey));
    if (!own.equals(Buffer.from(certificate.publicKey.rawData)))
      throw new Failure("usage", `${names.certificate} is not of the key in ${names.key}`);
    return new LocalCa(keys, certificate, now);
  }

  /** A client's certificate for the subject and the key of a request; whatever else it asks for is left out. */
  async sign(csrPem: string, grant?: ClientGrant): Promise<string> {
    const request = readRequest(csrPem);
    if (!(await isProved(request))) throw new Failure("refused", "csr is not signed by its own key");
    const id = grant?.certificate;
    return this.#issue({
      subject: request.subjectName,
      publicKey: request.publicKey,
      notAfter: grant?.notAfter ?? LAST_DAY,
      ...(id === undefined ? {} : { serialNumber: serialOf(id) }),
      extensions: [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        ...(id === undefined
          ? []
          : [new SubjectAlternativeNameExtension([{ type: "email", value: userOf(id) }])]),
      ],
    });
  }

  /** A key and a certificate for a server that is reached by these names and addresses. */
  async serverCertificate(hosts: readonly string[]): Promise<{ keyPem: string; certPem: string }> {
    const keys = await makeKeys();
    return { keyPem: await printPrivateKey(keys), certPem: await this.#issueServer(keys.publicKey, hosts) };
  }

  /** A server's certificate for the key of a request, so that the key can stay where it was made. */
  async signServer(csrPem: string, hosts: readonly string[]): Promise<string> {
    const request = readRequest(csrPem);
    if (!(await isProved(request))) throw new Failure("refused", "csr is not signed by its own key");
    return this.#issueServer(request.publicKey, hosts);
  }

  /** What was revoked of its certificates, in PEM: the same list gives the same bytes. */
  revocationList(revoked: readonly RevokedCertificate[]): Promise<string> {
    return printRevocationList(this.#certificate, this.#keys, revoked);
  }

  #issueServer(publicKey: Issue["publicKey"], hosts: readonly string[]): Promise<string> {
    const names: JsonGeneralNames = hosts.map((host) => ({
      type: isIP(host) === 0 ? "dns" : "ip",
      value: host,
    }));
    return this.#issue({
      subject: `CN=${hosts[0] ?? "localhost"}`,
      publicKey,
      notAfter: new Date(this.#now().getTime() + SERVER_DAYS * DAY),
      extensions: [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names),
      ],
    });
  }

  async #issue({ extensions, ...what }: Issue): Promise<string> {
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serial(),
      ...what,
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
  /** Left out: random. */
  readonly serialNumber?: string;
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

const serial = (): string => serialOf(randomBytes(16).toString("hex"));

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
