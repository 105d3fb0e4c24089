import "reflect-metadata";
import { createPublicKey } from "node:crypto";
import { Pkcs10CertificateRequest } from "@peculiar/x509";
import { IotRefusal } from "./refusal.ts";

const CURVES: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);
const SMALLEST_RSA = 2048;

/**
 * Refuses what AWS refuses: a request that isn't signed by its own key, or whose key is neither RSA of 2048 bits or more
 * nor on P-256, P-384 or P-521. AWS takes many that Warren does not; this must too.
 */
export async function checkRequest(pem: string): Promise<void> {
  const request = read(pem);
  const key = keyOf(request);
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const fits = key.asymmetricKeyType === "rsa" ? modulusLength >= SMALLEST_RSA : CURVES.has(namedCurve);
  if (!fits) throw invalid("The key of the CSR is not supported");
  if (!(await request.verify().catch(() => false))) throw invalid("The signature of the CSR is not valid");
}

function read(pem: string): Pkcs10CertificateRequest {
  if (!/^-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----$/m.test(pem)) throw invalid("The CSR is not in PEM");
  try {
    return new Pkcs10CertificateRequest(pem);
  } catch {
    throw invalid("The CSR can't be parsed");
  }
}

function keyOf(request: Pkcs10CertificateRequest) {
  try {
    return createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" });
  } catch {
    throw invalid("The key of the CSR is not supported");
  }
}

const invalid = (message: string): IotRefusal => new IotRefusal("InvalidRequestException", message);
