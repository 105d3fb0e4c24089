import type { Fingerprint } from "../keys/ssh-key.ts";
import { type Parsed, parsed, unparsed } from "../place.ts";
import { type Instant, parseInstant } from "../time.ts";

/** A key that root refused on this one proxy, whatever a sync brings. */
export interface BlockedKey {
  readonly fingerprint: Fingerprint;
  readonly at: Instant;
  /** Empty where none was given. */
  readonly reason: string;
}

const LONGEST_REASON = 200;

/** `SHA256:` and 43 characters, as sshd's log and `ssh-keygen -l` print it. */
export function parseFingerprint(text: string): Parsed<Fingerprint> {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return parsed(text as Fingerprint);
  return unparsed(`fingerprint ${JSON.stringify(text)} is none; write SHA256:… as ssh-keygen -lf prints it`);
}

/** Why root did it: one line, for the log and for whoever looks later. */
export function parseReason(text: string): Parsed<string> {
  if (text.length > LONGEST_REASON)
    return unparsed(`reason has ${text.length} characters; ${LONGEST_REASON} at most`);
  // The last three turn text around or end a line: whoever reads it later must see what was written.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
    return unparsed(`reason ${JSON.stringify(text)} holds control characters`);
  return parsed(text.trim());
}

/** The file `blocked`: one key a line, `SHA256:… 2026-11-21T08:30:00Z reason`. */
export const printBlocked = (keys: readonly BlockedKey[]): string =>
  keys.map(({ fingerprint, at, reason }) => `${`${fingerprint} ${at} ${reason}`.trimEnd()}\n`).join("");

/** A line that doesn't read is a problem: a key that somebody meant to refuse must not be let in by a slip. */
export function readBlocked(text: string, file: string): Parsed<readonly BlockedKey[]> {
  const keys: BlockedKey[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const [, print = "", time = "", reason = ""] = /^(\S+) (\S+)(?: (.*))?$/.exec(line.trim()) ?? [];
    const [fingerprint, at] = [parseFingerprint(print), parseInstant(time)];
    if (!fingerprint.ok || !at.ok) {
      return unparsed(`${file}:${index + 1} is no blocked key; write "SHA256:… 2026-11-21T08:30:00Z reason"`);
    }
    keys.push({ fingerprint: fingerprint.value, at: at.value, reason });
  }
  return parsed(keys);
}
