import { type CertificateRequest, parseCertificateRequest } from "../keys/csr.ts";
import { parseSshPublicKey, type SshPublicKey } from "../keys/ssh-key.ts";
import { readProof } from "../keys/ssh-proof.ts";
import { trimBlanks } from "../lines.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { HEADINGS, isForm, readForm, unwrap } from "./form.ts";

const MOST_HOST_KEYS = 8;
const LONGEST_REASON = 500;

/** What stands under the headings of an enrolment. */
export interface Enrollment {
  readonly key: SshPublicKey;
  readonly hostKeys: readonly SshPublicKey[];
  readonly csr?: CertificateRequest;
  readonly proof?: string;
}

/** A body of one part: raw, fenced, or under its one heading. */
export function readSingle<T>(
  body: string,
  part: keyof typeof HEADINGS,
  read: (text: string) => Parsed<T>,
): Parsed<T> {
  if (!isForm(body)) {
    const text = unwrap(body);
    return text.ok ? read(text.value) : unparsed(`body ${text.problem}`);
  }
  const form = readForm(body);
  if (!form.ok) return form;
  const other = [...form.value.keys()].find((heading) => heading !== HEADINGS[part]);
  if (other !== undefined)
    return unparsed(`body has ${other}, which its title doesn't name; use a title that ends in .enroll`);
  return read(form.value.get(HEADINGS[part]) ?? "");
}

/** The SSH key is needed; host keys, request and proof may be missing here: the rules say who needs them. */
export function readEnrollment(body: string): Parsed<Enrollment> {
  if (!isForm(body))
    return unparsed(`body has no headings; use the issue form, or begin with ### ${HEADINGS.key}`);
  const form = readForm(body);
  if (!form.ok) return form;
  const key = under(HEADINGS.key, readKey(form.value.get(HEADINGS.key) ?? ""));
  if (!key.ok) return key;
  const hostKeys = optional(form.value.get(HEADINGS.hostKeys), readHostKeys);
  if (!hostKeys.ok) return under(HEADINGS.hostKeys, hostKeys);
  const csr = optional(form.value.get(HEADINGS.csr), parseCertificateRequest);
  if (!csr.ok) return under(HEADINGS.csr, csr);
  const proof = optional(form.value.get(HEADINGS.proof), readProof);
  if (!proof.ok) return under(HEADINGS.proof, proof);
  return parsed({
    key: key.value,
    hostKeys: hostKeys.value ?? [],
    ...(csr.value === undefined ? {} : { csr: csr.value }),
    ...(proof.value === undefined ? {} : { proof: proof.value }),
  });
}

/** One public key on one line. */
export function readKey(text: string): Parsed<SshPublicKey> {
  const lines = linesOf(text);
  // A private key has many lines too, and deserves its own warning.
  if (lines.length > 1 && !/-----BEGIN|PuTTY-User-Key-File/.test(text)) {
    return unparsed(`ssh key has ${lines.length} lines; give one key on one line`);
  }
  return parseSshPublicKey(lines.join("\n"));
}

/** One to eight public keys, each on its line, as in /etc/ssh/ssh_host_*_key.pub. */
export function readHostKeys(text: string): Parsed<readonly SshPublicKey[]> {
  const lines = linesOf(text);
  if (lines.length === 0)
    return unparsed("host keys are missing; give the lines of /etc/ssh/ssh_host_*_key.pub");
  if (text.includes("-----BEGIN")) {
    const key = parseSshPublicKey(text);
    if (!key.ok) return key;
  }
  if (lines.length > MOST_HOST_KEYS)
    return unparsed(`host keys have ${lines.length} lines; ${MOST_HOST_KEYS} at most`);
  const keys: SshPublicKey[] = [];
  for (const [index, line] of lines.entries()) {
    const key = parseSshPublicKey(line);
    if (!key.ok) return unparsed(`host key ${index + 1}: ${key.problem}`);
    keys.push(key.value);
  }
  return parsed(keys);
}

/** Of .github/ISSUE_TEMPLATE/revoke.yml, its one field. */
export const REASON_HEADING = "Reason";
const UNDER_REASON = new RegExp(`^\\s*### ${REASON_HEADING}[ \\t]*\\n`);

/** Free text in words, under its heading or under none; what it says decides nothing. */
export function readReason(body: string): Parsed<string> {
  const text = unwrap(body.replace(UNDER_REASON, ""));
  const reason = (text.ok ? text.value : body).split(/\s+/).join(" ").trim();
  if (reason === "") return unparsed("body is empty; a revocation needs a reason");
  if (reason.length > LONGEST_REASON) {
    return unparsed(`body has a reason of ${reason.length} characters; ${LONGEST_REASON} at most`);
  }
  return parsed(reason);
}

const linesOf = (text: string): readonly string[] =>
  text
    .split("\n")
    .map(trimBlanks)
    .filter((line) => line !== "");

const optional = <T>(text: string | undefined, read: (text: string) => Parsed<T>): Parsed<T | undefined> =>
  text === undefined ? parsed(undefined) : read(text);

const under = <T>(heading: string, outcome: Parsed<T>): Parsed<T> =>
  outcome.ok ? outcome : unparsed(`${heading}: ${outcome.problem}`);
