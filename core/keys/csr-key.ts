import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { CertificationRequest } from "@peculiar/asn1-csr";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { type Curve, keyOfPoint } from "./ec-point.ts";
import { rsaProblem } from "./rsa-numbers.ts";

/** The public key of a request, as the key policy names it. */
export interface RequestKey {
  /** `ec-p256`, `ec-p384` or `rsa-` and the number of bits. */
  readonly type: string;
  readonly bits: number;
  readonly key: KeyObject;
}

interface KnownCurve {
  readonly curve: Curve;
  readonly type: string;
  readonly bits: number;
  /** The one encoding of its keys up to the point: the curve by its name. */
  readonly begins: Buffer;
}

const CURVES: readonly KnownCurve[] = [
  {
    curve: "P-256",
    type: "ec-p256",
    bits: 256,
    begins: Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
  },
  {
    curve: "P-384",
    type: "ec-p384",
    bits: 384,
    begins: Buffer.from("3076301006072a8648ce3d020106052b81040022036200", "hex"),
  },
];

/** Reads a SubjectPublicKeyInfo; OpenSSL checks that points are on their curve. */
export function readRequestKey(spki: Buffer): Parsed<RequestKey> {
  const known = CURVES.find(({ begins }) => spki.subarray(0, begins.length).equals(begins));
  if (known === undefined) return readOther(spki);
  const key = keyOfPoint(known.curve, spki.subarray(known.begins.length));
  return key === undefined ? unparsed(UNREADABLE) : parsed({ type: known.type, bits: known.bits, key });
}

const UNREADABLE = "has a public key that can't be read";
const NOT_ONE_FORM = "has a public key that is not written in its one form";

function readOther(spki: Buffer): Parsed<RequestKey> {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch {
    return unparsed(UNREADABLE);
  }
  const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details } = key;
  if (type === "rsa") return readRsa(key, spki);
  const curve = details?.namedCurve;
  // A curve that is known, in another form: spelled out as parameters, or with a compressed point.
  if (curve === "prime256v1" || curve === "secp384r1") return unparsed(NOT_ONE_FORM);
  return unparsed(`has a key of type ${quoted(curve ?? type)}; use P-256, P-384 or RSA`);
}

function readRsa(key: KeyObject, spki: Buffer): Parsed<RequestKey> {
  if (!key.export({ format: "der", type: "spki" }).equals(spki)) return unparsed(NOT_ONE_FORM);
  const { n = "", e = "" } = key.export({ format: "jwk" });
  const modulus = numberOf(n);
  const problem = rsaProblem({ modulus, exponent: numberOf(e) });
  if (problem !== undefined) return unparsed(problem);
  const bits = modulus.toString(2).length;
  return parsed({ type: `rsa-${bits}`, bits, key });
}

const numberOf = (base64url: string): bigint =>
  BigInt(`0x0${Buffer.from(base64url, "base64url").toString("hex")}`);

/** RFC 5758 leaves the parameters of ECDSA out, RFC 4055 has NULL for RSA. */
const ALGORITHMS: Readonly<
  Record<string, { readonly hash: string; readonly key: "ec" | "rsa"; readonly parameters: undefined | null }>
> = {
  "1.2.840.10045.4.3.2": { hash: "sha256", key: "ec", parameters: undefined },
  "1.2.840.10045.4.3.3": { hash: "sha384", key: "ec", parameters: undefined },
  "1.2.840.10045.4.3.4": { hash: "sha512", key: "ec", parameters: undefined },
  "1.2.840.113549.1.1.11": { hash: "sha256", key: "rsa", parameters: null },
  "1.2.840.113549.1.1.12": { hash: "sha384", key: "rsa", parameters: null },
  "1.2.840.113549.1.1.13": { hash: "sha512", key: "rsa", parameters: null },
};

/** The self-signature shows that whoever made the request holds the private key: a stolen public key stops here. */
export function signatureProblem(
  { signatureAlgorithm, signature }: CertificationRequest,
  signed: Buffer,
  { key }: RequestKey,
): string | undefined {
  const algorithm = ALGORITHMS[signatureAlgorithm.algorithm];
  if (algorithm === undefined) {
    return `is signed by the algorithm ${quoted(signatureAlgorithm.algorithm)}; use ECDSA or RSA with SHA-256, SHA-384 or SHA-512`;
  }
  if (algorithm.key !== key.asymmetricKeyType) return "names a signature algorithm that is not its key's";
  // The parser says undefined for no parameters, and null for ASN.1's NULL.
  const { parameters } = signatureAlgorithm;
  if (parameters !== algorithm.parameters) {
    return "has parameters in its signature algorithm";
  }
  return verify(algorithm.hash, signed, key, Buffer.from(signature))
    ? undefined
    : "is not signed by its own key; make it with the private key at hand";
}
