import type { AttributeValue, Name } from "@peculiar/asn1-x509";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** Exactly these three attributes, one value each. */
export interface Subject {
  readonly commonName: string;
  readonly organizationalUnit: string;
  readonly organization: string;
}
type Field = keyof Subject;

const FIELDS: Readonly<Record<string, { readonly field: Field; readonly label: string }>> = {
  "2.5.4.3": { field: "commonName", label: "CN" },
  "2.5.4.11": { field: "organizationalUnit", label: "OU" },
  "2.5.4.10": { field: "organization", label: "O" },
};
/** RFC 5280, ub-common-name, ub-organization-name and ub-organizational-unit-name. */
const LONGEST = 64;

/** CN, OU and O, once each, in any order, each in an RDN of its own. */
export function readSubject(name: Name): Parsed<Subject> {
  const found = new Map<Field, string>();
  for (const rdn of name) {
    const [attribute, ...more] = rdn;
    if (attribute === undefined || more.length > 0) {
      return unparsed("subject has an RDN of several values; give CN, OU and O one each");
    }
    const known = FIELDS[attribute.type];
    if (known === undefined)
      return unparsed(`subject has an attribute ${quoted(attribute.type)}; CN, OU and O alone`);
    if (found.has(known.field)) return unparsed(`subject has ${known.label} twice; once each`);
    const value = readValue(attribute.value, known.label);
    if (!value.ok) return value;
    found.set(known.field, value.value);
  }
  const [commonName, organizationalUnit, organization] = [
    found.get("commonName"),
    found.get("organizationalUnit"),
    found.get("organization"),
  ];
  if (commonName === undefined || organizationalUnit === undefined || organization === undefined) {
    const missing = Object.values(FIELDS).filter(({ field }) => !found.has(field));
    return unparsed(
      `subject has no ${missing.map(({ label }) => label).join(", ")}; CN, OU and O are needed`,
    );
  }
  return parsed({ commonName, organizationalUnit, organization });
}

/** Broker and policies compare these texts byte by byte, so only letters that look and encode one way. */
function readValue({ printableString, utf8String }: AttributeValue, label: string): Parsed<string> {
  const text = printableString ?? utf8String;
  if (text === undefined)
    return unparsed(`subject has ${label} in another string type than PrintableString or UTF8String`);
  if (text === "") return unparsed(`subject has an empty ${label}`);
  if (text.length > LONGEST)
    return unparsed(`subject has ${label} of ${text.length} characters; ${LONGEST} at most`);
  const at = text.search(/[^A-Za-z0-9.-]/);
  if (at < 0) return parsed(text);
  return unparsed(
    `subject has ${quoted(text.charAt(at))} in ${label} ${quoted(text)}; use letters, digits, . and -`,
  );
}
