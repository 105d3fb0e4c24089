import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { bytesOf, type Element, oidOf, readDer, TAG } from "./der.ts";
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
export function readRequestKey(info: Element): Parsed<RequestKey> {
  const { whole: spki } = info;
  const known = CURVES.find(({ begins }) => spki.subarray(0, begins.length).equals(begins));
  if (known === undefined) return isRsa(info) ? readRsa(info) : readOther(spki);
  const key = keyOfPoint(known.curve, spki.subarray(known.begins.length));
  if (key === undefined) return unparsed(UNREADABLE);
  return parsed({ type: known.type, bits: known.bits, key });
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
  const curve = details?.namedCurve;
  // What is known, in another form: spelled out as parameters, with a compressed point, or without RSA's NULL.
  if (type === "rsa" || curve === "prime256v1" || curve === "secp384r1") return unparsed(NOT_ONE_FORM);
  return unparsed(`has a key of type ${quoted(curve ?? type)}; use P-256, P-384 or RSA`);
}

/** RFC 8017, A.1: rsaEncryption, with NULL for its parameters. */
const RSA = Buffer.from("300d06092a864886f70d0101010500", "hex");

const isRsa = ({ parts: [algorithm] }: Element): boolean => algorithm?.whole.equals(RSA) === true;

/** DER has one form for each number, so that reading the two by itself shows that the key is in its one form. */
function readRsa({ parts: [, bits, ...more] }: Element): Parsed<RequestKey> {
  const bytes = bits === undefined || more.length > 0 ? undefined : bytesOf(bits);
  const numbers = bytes === undefined ? undefined : readDer(bytes);
  const [n, e, ...rest] = numbers?.tag === TAG.sequence ? numbers.parts : [];
  if (n?.tag !== TAG.integer || e?.tag !== TAG.integer || rest.length > 0) return unparsed(UNREADABLE);
  if (isNegative(n) || isNegative(e)) return unparsed(UNREADABLE);
  const modulus = numberOf(n);
  const problem = rsaProblem({ modulus, exponent: numberOf(e) });
  if (problem !== undefined) return unparsed(problem);
  const length = modulus.toString(2).length;
  const key = createPublicKey({ key: { kty: "RSA", n: base64url(n), e: base64url(e) }, format: "jwk" });
  return parsed({ type: `rsa-${length}`, bits: length, key });
}

const isNegative = ({ content }: Element): boolean => (content[0] ?? 0) >= 0x80;
const numberOf = ({ content }: Element): bigint => BigInt(`0x${content.toString("hex")}`);

/** JOSE's numbers have no leading zeros (RFC 7518, 6.3.1). */
const base64url = ({ content }: Element): string =>
  (content[0] === 0 ? content.subarray(1) : content).toString("base64url");

/** RFC 5758 leaves the parameters of ECDSA out, RFC 4055 has NULL for RSA. */
const ALGORITHMS: Readonly<
  Record<
    string,
    { readonly hash: string; readonly key: "ec" | "rsa"; readonly parameters: number | undefined }
  >
> = {
  "1.2.840.10045.4.3.2": { hash: "sha256", key: "ec", parameters: undefined },
  "1.2.840.10045.4.3.3": { hash: "sha384", key: "ec", parameters: undefined },
  "1.2.840.10045.4.3.4": { hash: "sha512", key: "ec", parameters: undefined },
  "1.2.840.113549.1.1.11": { hash: "sha256", key: "rsa", parameters: TAG.null },
  "1.2.840.113549.1.1.12": { hash: "sha384", key: "rsa", parameters: TAG.null },
  "1.2.840.113549.1.1.13": { hash: "sha512", key: "rsa", parameters: TAG.null },
};

/** The self-signature shows that whoever made the request holds the private key: a stolen public key stops here. */
export function signatureProblem(
  { parts: [type, parameters] }: Element,
  signature: Buffer,
  signed: Buffer,
  { key }: RequestKey,
): string | undefined {
  const oid = oidOf(type);
  const algorithm = Object.hasOwn(ALGORITHMS, oid) ? ALGORITHMS[oid] : undefined;
  if (algorithm === undefined) {
    return `is signed by the algorithm ${quoted(oid)}; use ECDSA or RSA with SHA-256, SHA-384 or SHA-512`;
  }
  if (algorithm.key !== key.asymmetricKeyType) return "names a signature algorithm that is not its key's";
  if (parameters?.tag !== algorithm.parameters) return "has parameters in its signature algorithm";
  return verify(algorithm.hash, signed, key, signature)
    ? undefined
    : "is not signed by its own key; make it with the private key at hand";
}
