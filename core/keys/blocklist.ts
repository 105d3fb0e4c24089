import { createHash } from "node:crypto";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { quoted } from "../quote.ts";

/** Keys that are known to be weak: what `keys.blocklist` of realm.yaml names. */
export interface Blocklist {
  /** Takes a key as submissions carry it; `line` is an SSH key's. */
  has(key: ListedKey): boolean;
}

export interface ListedKey {
  readonly fingerprint: string;
  readonly line?: string;
}

/** Debian's whole list of one kind and size of key has 0.7 MB. */
export const LONGEST_BLOCKLIST = 16 * 1024 ** 2;

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
const SPKI = /^[0-9a-f]{64}$/;
/** As openssh-blacklist has it: the MD5 of the key's blob without its first 12 digits (ssh-vulnkey(1)). */
const MD5_END = /^[0-9a-f]{20}$/;

/**
 * Reads a list, one key a line: the last 20 hex digits of an SSH key's MD5, as Debian's openssh-blacklist has them, an SSH
 * key's `SHA256:…`, or the 64 hex digits of an X.509 key's SubjectPublicKeyInfo. `#` begins a comment. One line that is none of
 * these makes the list unreadable, and so does a list of nothing: a list that lost its keys would let them in.
 */
export function readBlocklist(text: string): Parsed<Blocklist> {
  if (text.length > LONGEST_BLOCKLIST)
    return unparsed(`list has ${text.length} characters; ${LONGEST_BLOCKLIST} at most`);
  const listed = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    const entry = line.replace(/#.*/, "").trim();
    if (entry === "") continue;
    if (!MD5_END.test(entry) && !FINGERPRINT.test(entry) && !SPKI.test(entry)) {
      const allowed = "20 hex digits of openssh-blacklist, SHA256:… or 64 hex digits";
      return unparsed(`line ${index + 1} is ${quoted(entry.slice(0, 80))}; write ${allowed}`);
    }
    listed.add(entry);
  }
  if (listed.size === 0) return unparsed("list names no key");
  return parsed({
    has: ({ fingerprint, line }) =>
      listed.has(fingerprint) || (line !== undefined && listed.has(md5EndOf(line))),
  });
}

function md5EndOf(line: string): string {
  const [, base64 = ""] = line.split(" ");
  return createHash("md5").update(Buffer.from(base64, "base64")).digest("hex").slice(12);
}
