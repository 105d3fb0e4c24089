import { type Element, oidOf, TAG } from "./der.ts";

/** PKCS #9's extensionRequest, and Microsoft's older name for it, which OpenSSL honours as well. */
const EXTENSION_REQUESTS: ReadonlySet<string> = new Set(["1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"]);
const BASIC_CONSTRAINTS = "2.5.29.19";
/** BasicConstraints with neither cA nor a path length. */
const NO_CA = "3000";

/**
 * No requested extension is honoured: the signer writes its own. So key usages, alternative names and other
 * attributes are let be, without effect; but a request to become a CA says what its maker is after, and is refused.
 */
export function attributesProblem(attributes: readonly Element[]): string | undefined {
  for (const attribute of attributes) {
    const [type, values, ...more] = attribute.parts;
    if (attribute.tag !== TAG.sequence || oidOf(type) === "" || values?.tag !== TAG.set || more.length > 0)
      return "has an attribute that can't be read";
    if (!EXTENSION_REQUESTS.has(oidOf(type))) continue;
    for (const value of values.parts) {
      const problem = extensionsProblem(value);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function extensionsProblem({ tag, parts }: Element): string | undefined {
  if (tag !== TAG.sequence || !parts.every(isExtension)) return "has an extension request that can't be read";
  const asksForCa = parts.some(
    ({ parts: [type, ...rest] }) =>
      oidOf(type) === BASIC_CONSTRAINTS && rest.at(-1)?.content.toString("hex") !== NO_CA,
  );
  return asksForCa ? "asks for a CA certificate (basicConstraints); ask for none" : undefined;
}

/** RFC 5280, 4.1: an object id, perhaps whether it is critical, and an OCTET STRING. */
function isExtension({ tag, parts }: Element): boolean {
  const [type, ...rest] = parts;
  const tags = rest.map((part) => part.tag);
  const value =
    tags.length === 2 && tags[0] === TAG.boolean ? tags[1] : tags.length === 1 ? tags[0] : undefined;
  return tag === TAG.sequence && oidOf(type) !== "" && value === TAG.octets;
}
