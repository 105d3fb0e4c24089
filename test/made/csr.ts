import { type CertificateRequest, parseCertificateRequest } from "../../core/keys/csr.ts";
import { type Making, makeCsr, pemOf } from "../core/made-csr.ts";

/** A request that has been read. */
export function madeRequest(making: Making = {}): CertificateRequest {
  const read = parseCertificateRequest(pemOf(makeCsr(making)));
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}
