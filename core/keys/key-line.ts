import { createHash } from "node:crypto";
import { type Parsed, parsed, unparsed } from "../place.ts";
import type { Fingerprint } from "./ssh-key.ts";

/** `<type> <base64>`: a public key that was accepted long ago, read again from a file of ours. */
export interface KeyLine {
  readonly type: string;
  /** As it stands in authorized_keys and known_hosts: no options, no comment. */
  readonly line: string;
  readonly fingerprint: Fingerprint;
}

const TYPES: ReadonlySet<string> = new Set([
  "ssh-ed25519",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
]);
const LONGEST = 8192;

/**
 * Reads just enough that nothing but one key can stand in the line; `parseSshPublicKey` judged its numbers when the
 * key was accepted. It's cheap, for a proxy reads thousands at a time.
 */
export function readKeyLine(text: string): Parsed<KeyLine> {
  if (text.length > LONGEST) return unparsed(`key has ${text.length} characters; ${LONGEST} at most`);
  const [type = "", base64 = "", ...more] = text.split(" ");
  if (more.length > 0)
    return unparsed(`key has ${more.length + 2} words; write its type and its base64 alone`);
  if (!TYPES.has(type))
    return unparsed(`key type ${JSON.stringify(type)} is none of ${[...TYPES].join(", ")}`);
  const blob = Buffer.from(base64, "base64");
  // The comparison also refuses spaces, line breaks and padding that Buffer would skip.
  if (blob.toString("base64") !== base64) return unparsed("key is no canonical base64");
  if (blob.length < 4 + type.length + 4 || blob.readUInt32BE(0) !== type.length)
    return unparsed("key is cut off");
  if (blob.toString("latin1", 4, 4 + type.length) !== type) {
    return unparsed(`key says ${JSON.stringify(type)} and holds another type`);
  }
  return parsed({ type, line: text, fingerprint: fingerprintOf(blob) });
}

/** Of a public key's blob, as `ssh-keygen -lf` prints it. */
export const fingerprintOf = (blob: Uint8Array): Fingerprint =>
  `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}` as Fingerprint;
