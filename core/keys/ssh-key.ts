import { createHash } from "node:crypto";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";
import { SSH_KEY_TYPES, sshBlobBits } from "./ssh-blob.ts";

declare const brand: unique symbol;

/** `SHA256:` and 43 base64 digits, as `ssh-keygen -lf` prints it. */
export type Fingerprint = string & { readonly [brand]: "fingerprint" };

/** An SSH public key after the strict grammar: nothing of the submitter's text is left but the key. */
export interface SshPublicKey {
  /** As in the key's first word, e.g. `ssh-ed25519`. */
  readonly type: string;
  readonly bits: number;
  readonly fingerprint: Fingerprint;
  /** `<type> <base64>`: no options, no comment, no line break. */
  readonly line: string;
}

/** RSA of 16,384 bits, the most that OpenSSH reads, needs 2,800. */
const LONGEST_LINE = 4096;

/** Reads one line `type base64 [comment]`; blanks around it are for the caller to trim. */
export function parseSshPublicKey(text: string): Parsed<SshPublicKey> {
  const problem = textProblem(text);
  if (problem !== undefined) return unparsed(`ssh key ${problem}`);
  const [type = "", base64 = ""] = text.split(" ", 2);
  const unknown =
    typeProblem(type) ?? base64Problem(base64) ?? commentProblem(text.slice(type.length + base64.length + 2));
  if (unknown !== undefined) return unparsed(`ssh key ${unknown}`);

  const blob = Buffer.from(base64, "base64");
  if (blob.toString("base64") !== base64)
    return unparsed("ssh key has base64 that is cut off, or not in its one form");
  const bits = sshBlobBits(type, blob);
  if (!bits.ok) return unparsed(`ssh key ${bits.problem}`);
  return parsed({ type, bits: bits.value, fingerprint: fingerprintOf(blob), line: `${type} ${base64}` });
}

const fingerprintOf = (blob: Buffer): Fingerprint =>
  `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}` as Fingerprint;

function textProblem(text: string): string | undefined {
  if (text === "") return "is empty";
  if (/-----BEGIN|PRIVATE KEY|PuTTY-User-Key-File/.test(text)) {
    return /PRIVATE|PuTTY-User/.test(text)
      ? "is a private key, which is no longer private; make a new pair and give the line of its .pub file"
      : "is in PEM; give the one line of the .pub file";
  }
  if (text.length > LONGEST_LINE) return `has ${text.length} characters; ${LONGEST_LINE} at most`;
  const control = text.search(CONTROL);
  if (control < 0) return undefined;
  const found = quoted(text.charAt(control));
  return `has ${found} at character ${control + 1}; give one key on one line`;
}

/** Controls of C0 and C1, and what some readers take for the end of a line. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

function typeProblem(type: string): string | undefined {
  if (SSH_KEY_TYPES.has(type)) return undefined;
  const allowed = [...SSH_KEY_TYPES].join(", ");
  if (type === "ssh-dss") return 'is of type "ssh-dss", which is too weak; use ssh-ed25519';
  if (/-cert-v0\d@openssh\.com$/.test(type))
    return `is a certificate (${quoted(type)}); give the plain public key`;
  return `begins with ${quoted(type)}; begin with its type, without options: ${allowed}`;
}

function base64Problem(base64: string): string | undefined {
  if (base64 === "") return "has no base64 after its type; write `type base64`, with one blank between them";
  const at = base64.search(/[^A-Za-z0-9+/=]/);
  if (at >= 0) return `has ${quoted(base64.charAt(at))} in its base64`;
  return undefined;
}

/** The comment is dropped, whatever it says; but a whole key in it means that two were given. */
function commentProblem(comment: string): string | undefined {
  return /(^|\s)AAAA[A-Za-z0-9+/]{20}/.test(comment) ? "is followed by another key; give one" : undefined;
}
