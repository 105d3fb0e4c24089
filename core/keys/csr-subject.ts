import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { type Element, oidOf, TAG } from "./der.ts";

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
export function readSubject({ parts: name }: Element): Parsed<Subject> {
  const found = new Map<Field, string>();
  for (const { tag, parts: rdn } of name) {
    const [attribute, ...more] = rdn;
    if (tag === TAG.set && (attribute === undefined || more.length > 0)) {
      return unparsed("subject has an RDN of several values; give CN, OU and O one each");
    }
    const [type, content, ...rest] = attribute?.parts ?? [];
    const oid = oidOf(type);
    if (
      tag !== TAG.set ||
      attribute?.tag !== TAG.sequence ||
      oid === "" ||
      content === undefined ||
      rest.length > 0
    ) {
      return unparsed("subject can't be read");
    }
    const known = Object.hasOwn(FIELDS, oid) ? FIELDS[oid] : undefined;
    if (known === undefined) return unparsed(`subject has an attribute ${quoted(oid)}; CN, OU and O alone`);
    if (found.has(known.field)) return unparsed(`subject has ${known.label} twice; once each`);
    const value = readValue(content, known.label);
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
function readValue({ tag, content }: Element, label: string): Parsed<string> {
  if (tag !== TAG.printable && tag !== TAG.utf8)
    return unparsed(`subject has ${label} in another string type than PrintableString or UTF8String`);
  // Bytes that are no UTF-8 become U+FFFD, which is none of the letters.
  const text = content.toString("utf8");
  if (text === "") return unparsed(`subject has an empty ${label}`);
  if (text.length > LONGEST)
    return unparsed(`subject has ${label} of ${text.length} characters; ${LONGEST} at most`);
  const at = text.search(/[^A-Za-z0-9.-]/);
  if (at < 0) return parsed(text);
  return unparsed(
    `subject has ${quoted(text.charAt(at))} in ${label} ${quoted(text)}; use letters, digits, . and -`,
  );
}
