import type { Attributes } from "@peculiar/asn1-csr";
import { AsnParser } from "@peculiar/asn1-schema";
import { Extensions, id_ce_basicConstraints } from "@peculiar/asn1-x509";

/** PKCS #9's extensionRequest, and Microsoft's older name for it, which OpenSSL honours as well. */
const EXTENSION_REQUESTS: ReadonlySet<string> = new Set(["1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"]);
/** BasicConstraints with neither cA nor a path length. */
const NO_CA = "3000";

/**
 * No requested extension is honoured: the signer writes its own. So key usages, alternative names and other
 * attributes are let be, without effect; but a request to become a CA says what its maker is after, and is refused.
 */
export function attributesProblem(attributes: Attributes | undefined): string | undefined {
  for (const { type, values } of attributes ?? []) {
    if (!EXTENSION_REQUESTS.has(type)) continue;
    for (const value of values) {
      const problem = extensionsProblem(value);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function extensionsProblem(value: ArrayBuffer): string | undefined {
  let extensions: Extensions;
  try {
    extensions = AsnParser.parse(value, Extensions);
  } catch {
    return "has an extension request that can't be read";
  }
  const asksForCa = extensions.some(
    ({ extnID, extnValue }) =>
      extnID === id_ce_basicConstraints && Buffer.from(extnValue.buffer).toString("hex") !== NO_CA,
  );
  return asksForCa ? "asks for a CA certificate (basicConstraints); ask for none" : undefined;
}
