import { createPublicKey, ECDH, type KeyObject } from "node:crypto";

interface KnownCurve {
  /** Bytes of a coordinate. */
  readonly bytes: number;
  /** OpenSSL's name. */
  readonly name: string;
}

/** NIST's curves by their names in JOSE. */
const CURVES = {
  "P-256": { bytes: 32, name: "prime256v1" },
  "P-384": { bytes: 48, name: "secp384r1" },
  "P-521": { bytes: 66, name: "secp521r1" },
} as const satisfies Record<string, KnownCurve>;

export type Curve = keyof typeof CURVES;

/**
 * Whether these bytes are a point on the curve, uncompressed (SEC 1, 2.3.3). OpenSSL checks both coordinates when it
 * reads one; as the curves have cofactor 1, a point on them is in the right group too.
 */
export function isPoint(curve: Curve, point: Buffer): boolean {
  const { bytes, name } = CURVES[curve];
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) return false;
  try {
    ECDH.convertKey(point, name);
    return true;
  } catch {
    return false;
  }
}

/** The key of such a point; undefined where it is none. By way of JOSE, in which OpenSSL reads it fastest. */
export function keyOfPoint(curve: Curve, point: Buffer): KeyObject | undefined {
  if (!isPoint(curve, point)) return undefined;
  const middle = 1 + CURVES[curve].bytes;
  const x = point.subarray(1, middle).toString("base64url");
  const y = point.subarray(middle).toString("base64url");
  return createPublicKey({ key: { kty: "EC", crv: curve, x, y }, format: "jwk" });
}
