import { createHash } from "node:crypto";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { attributesProblem } from "./csr-attributes.ts";
import { readRequestKey, signatureProblem } from "./csr-key.ts";
import { printPem, readPem } from "./csr-pem.ts";
import { readSubject, type Subject } from "./csr-subject.ts";
import { bytesOf, type Element, readDer, TAG } from "./der.ts";

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
  const whole = readDer(der.value);
  if (whole === undefined) return unparsed("is not in DER, or has bytes after its end");
  const parts = partsOf(whole);
  if (parts === undefined) return unparsed("is no PKCS #10 request in DER");
  const { info, version, spki } = parts;
  if (!version.equals(VERSION_1)) return unparsed(`has version ${shown(version)}; 1 is the only one`);

  const subject = readSubject(parts.subject);
  if (!subject.ok) return subject;
  const key = readRequestKey(spki);
  if (!key.ok) return key;
  const problem =
    attributesProblem(parts.attributes) ??
    signatureProblem(parts.algorithm, parts.signature, info.whole, key.value);
  if (problem !== undefined) return unparsed(problem);
  return parsed({
    pem: printPem(der.value),
    sha256: sha256(der.value),
    keySha256: sha256(spki.whole),
    keyType: key.value.type,
    bits: key.value.bits,
    subject: subject.value,
  });
}

const VERSION_1 = Buffer.from([0]);

const shown = (version: Buffer): string => String(BigInt(`0x${version.toString("hex")}`) + 1n);

/** RFC 2986, 4: what is signed, by which algorithm, and the signature. Some tools leave empty attributes out. */
function partsOf({ tag, parts: [info, algorithm, bits, ...more] }: Element) {
  if (tag !== TAG.sequence || info?.tag !== TAG.sequence || algorithm?.tag !== TAG.sequence) return undefined;
  const [version, subject, spki, attributes, ...rest] = info.parts;
  const signature = bits === undefined ? undefined : bytesOf(bits);
  if (signature === undefined || more.length + rest.length > 0 || algorithm.parts.length > 2)
    return undefined;
  if (version?.tag !== TAG.integer || subject?.tag !== TAG.sequence || spki?.tag !== TAG.sequence)
    return undefined;
  if (attributes !== undefined && attributes.tag !== TAG.first) return undefined;
  const all = attributes?.parts ?? [];
  return { info, version: version.content, subject, spki, attributes: all, algorithm, signature };
}

const sha256 = (bytes: Buffer): Sha256 => createHash("sha256").update(bytes).digest("hex") as Sha256;
