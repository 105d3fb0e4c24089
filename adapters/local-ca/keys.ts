import { createPrivateKey, createPublicKey, KeyObject, webcrypto } from "node:crypto";
import { Failure } from "../../core/failure.ts";

/** A P-256 pair, as WebCrypto holds it. */
export interface CaKeys {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

export const makeKeys = (): Promise<CaKeys> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

/** PKCS #8 in PEM. */
export async function printPrivateKey({ privateKey }: CaKeys): Promise<string> {
  return KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" }).toString();
}

/** `file` is where the text stands, for the message alone. */
export async function readKeys(pem: string, file: string): Promise<CaKeys> {
  try {
    const key = createPrivateKey(pem);
    const pkcs8 = key.export({ type: "pkcs8", format: "der" });
    const spki = createPublicKey(key).export({ type: "spki", format: "der" });
    const [privateKey, publicKey] = await Promise.all([
      webcrypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, true, ["sign"]),
      webcrypto.subtle.importKey("spki", spki, ALGORITHM, true, ["verify"]),
    ]);
    return { privateKey, publicKey };
  } catch {
    // Without the cause: what OpenSSL says may quote the file.
    throw new Failure("usage", `${file} holds no P-256 private key in PEM`);
  }
}
