import { createPublicKey, type KeyObject } from "node:crypto";

/** Bytes of a coordinate on each of NIST's curves, by the curve's name in JOSE. */
const COORDINATE = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;

export type Curve = keyof typeof COORDINATE;

/** The key of an uncompressed point (SEC 1, 2.3.3); undefined where it is in another form, or not on the curve. */
export function keyOfPoint(curve: Curve, point: Buffer): KeyObject | undefined {
  const bytes = COORDINATE[curve];
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) return undefined;
  const x = point.subarray(1, 1 + bytes).toString("base64url");
  const y = point.subarray(1 + bytes).toString("base64url");
  try {
    return createPublicKey({ key: { kty: "EC", crv: curve, x, y }, format: "jwk" });
  } catch {
    return undefined;
  }
}
