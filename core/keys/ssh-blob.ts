import { ed25519 } from "@noble/curves/ed25519.js";
import sshpk from "sshpk";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { type Curve, isPoint } from "./ec-point.ts";
import { rsaProblem } from "./rsa-numbers.ts";

/** A key's parts after its type, from the wire format of RFC 4253, section 6.6. */
type Reader = (blob: Buffer, type: string) => Parsed<number>;

const READERS: Readonly<Record<string, Reader>> = {
  "ssh-ed25519": readEd25519,
  "ecdsa-sha2-nistp256": readEcdsa,
  "ecdsa-sha2-nistp384": readEcdsa,
  "ecdsa-sha2-nistp521": readEcdsa,
  "ssh-rsa": readRsa,
  "sk-ssh-ed25519@openssh.com": readHardwareEd25519,
  "sk-ecdsa-sha2-nistp256@openssh.com": readHardwareEcdsa,
};

/** Every type that is read at all; realm.yaml's `keys.ssh` says which of them are let in. */
export const SSH_KEY_TYPES: ReadonlySet<string> = new Set(Object.keys(READERS));

/** The size in bits, as `ssh-keygen -l` counts, of a blob that is exactly one sound key of `type`. */
export function sshBlobBits(type: string, blob: Buffer): Parsed<number> {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  const inner = blob.subarray(4, 4 + length).toString("latin1");
  if (inner !== type) return unparsed(`says ${quoted(type)} before its base64 and ${quoted(inner)} inside`);
  const reader = READERS[type];
  return reader === undefined
    ? unparsed(`is of type ${quoted(type)}, which is not read`)
    : reader(blob, type);
}

function readEd25519(blob: Buffer): Parsed<number> {
  const parts = readWithSshpk(blob, ["A"]);
  return parts.ok ? ed25519Bits(parts.value[0]) : parts;
}

function readEcdsa(blob: Buffer, type: string): Parsed<number> {
  const parts = readWithSshpk(blob, ["curve", "Q"]);
  if (!parts.ok) return parts;
  const [curve, point] = parts.value;
  if (`ecdsa-sha2-${curve?.toString("latin1")}` !== type)
    return unparsed("names another curve inside than in its type");
  return ecdsaBits(curve?.toString("latin1"), point);
}

function readRsa(blob: Buffer): Parsed<number> {
  const parts = readWithSshpk(blob, ["e", "n"]);
  if (!parts.ok) return parts;
  const [exponent, modulus] = parts.value;
  if (exponent === undefined || modulus === undefined) return unparsed("is cut off");
  const numbers = { modulus: numberOf(modulus), exponent: numberOf(exponent) };
  const problem = rsaProblem(numbers);
  return problem === undefined ? parsed(numbers.modulus.toString(2).length) : unparsed(problem);
}

/** sshpk knows no hardware-backed keys: PROTOCOL.u2f of OpenSSH describes them. */
function readHardwareEd25519(blob: Buffer): Parsed<number> {
  const [, point, application, ...more] = wireStrings(blob) ?? [];
  if (application === undefined || more.length > 0) return unparsed("is cut off, or followed by other bytes");
  return applicationProblem(application) ?? ed25519Bits(point);
}

function readHardwareEcdsa(blob: Buffer): Parsed<number> {
  const [, curve, point, application, ...more] = wireStrings(blob) ?? [];
  if (application === undefined || more.length > 0) return unparsed("is cut off, or followed by other bytes");
  if (curve?.toString("latin1") !== "nistp256")
    return unparsed("names another curve inside than in its type");
  return applicationProblem(application) ?? ecdsaBits("nistp256", point);
}

const applicationProblem = (application: Buffer): Parsed<never> | undefined =>
  /^ssh:[\x21-\x7e]{0,60}$/.test(application.toString("latin1"))
    ? undefined
    : unparsed(
        `is for the application ${quoted(application.toString("latin1"))}; use one that begins with ssh:`,
      );

/**
 * The parts as sshpk reads them. It is lax (it pads a short ed25519 key to another key, and drops leading zeros of
 * numbers), so that what it read must also write the same bytes.
 */
function readWithSshpk(blob: Buffer, names: readonly string[]): Parsed<readonly Buffer[]> {
  let key: sshpk.Key;
  try {
    key = sshpk.parseKey(blob, "rfc4253");
  } catch {
    return unparsed("is cut off, or followed by other bytes");
  }
  const parts = wireStrings(blob)?.slice(1) ?? [];
  if (parts.length !== names.length || !key.toBuffer("rfc4253").equals(blob)) {
    return unparsed("is not written in its one form");
  }
  return parsed(parts);
}

/** The length-prefixed strings that fill `blob` exactly; undefined where they don't. */
function wireStrings(blob: Buffer): readonly Buffer[] | undefined {
  const strings: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    strings.push(blob.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

/** OpenSSL doesn't check ed25519 points; a point off the curve, or of small order, is nobody's key. */
function ed25519Bits(point: Buffer | undefined): Parsed<number> {
  if (point?.length !== 32)
    return unparsed(`has an ed25519 point of ${point?.length ?? 0} bytes; 32 is its length`);
  try {
    if (ed25519.Point.fromHex(point).isSmallOrder()) return unparsed("has an ed25519 point of small order");
  } catch {
    return unparsed("has an ed25519 point that is not on the curve");
  }
  return parsed(256);
}

const CURVES: Readonly<Record<string, { readonly curve: Curve; readonly bits: number }>> = {
  nistp256: { curve: "P-256", bits: 256 },
  nistp384: { curve: "P-384", bits: 384 },
  nistp521: { curve: "P-521", bits: 521 },
};

function ecdsaBits(name: string | undefined, point: Buffer | undefined): Parsed<number> {
  const known = CURVES[name ?? ""];
  if (known === undefined || point === undefined) return unparsed("names a curve that is not known");
  return isPoint(known.curve, point)
    ? parsed(known.bits)
    : unparsed("has an elliptic curve point that is not on the curve, or not in the uncompressed form");
}

const numberOf = (bytes: Buffer): bigint => BigInt(`0x0${bytes.toString("hex")}`);
