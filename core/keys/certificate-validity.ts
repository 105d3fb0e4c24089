import { X509Certificate } from "node:crypto";
import { type Instant, instantOf } from "../time.ts";

/** The last instant at which a certificate in PEM is valid; undefined if it is none. */
export function expiryOf(pem: string): Instant | undefined {
  try {
    const date = new Date(new X509Certificate(pem).validTo);
    return Number.isNaN(date.getTime()) ? undefined : instantOf(date);
  } catch {
    return undefined;
  }
}
