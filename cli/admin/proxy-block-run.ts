import { DiskBlockList } from "../../adapters/files/blocked.ts";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { revokedKeys } from "../../adapters/openssh/revoked-keys.ts";
import { RecordedSessions } from "../../adapters/sessions/recorded.ts";
import { parseFingerprint, parseReason } from "../../core/access/blocked.ts";
import { type Swept, sweptText } from "../../core/access/sessions.ts";
import { Failure } from "../../core/failure.ts";
import type { Parsed } from "../../core/place.ts";
import { instantOf } from "../../core/time.ts";
import { block, unblock } from "../../flows/block.ts";

/** Refuses the key from now on; returns the exit code. */
export async function blockKey(root: string, fingerprint: string, reason: string): Promise<0 | 1> {
  const key = {
    fingerprint: said(parseFingerprint(fingerprint)),
    at: instantOf(new Date()),
    reason: said(parseReason(reason)),
  };
  const swept = await block({ blocked: listAt(root), sessions: new RecordedSessions(root) }, key);
  console.log(`${key.fingerprint} is blocked; ${sweptText(swept)}`);
  return exitOf(swept);
}

export async function unblockKey(root: string, fingerprint: string): Promise<0 | 1> {
  const key = said(parseFingerprint(fingerprint));
  const found = await unblock({ blocked: listAt(root) }, key);
  console.log(`${key} ${found ? "is blocked no more" : "was not blocked"}`);
  return found ? 0 : 1;
}

export async function listBlocked(root: string, json: boolean): Promise<void> {
  const keys = await listAt(root).read();
  if (json) return console.log(JSON.stringify(keys, null, 2));
  for (const { fingerprint, at, reason } of keys) console.log(`${fingerprint} ${at} ${reason}`.trimEnd());
}

/** Ends the sessions whose key is not in force, and says how many there were. */
export async function sweepSessions(root: string): Promise<0 | 1> {
  const swept = await new RecordedSessions(root).sweep();
  console.log(sweptText(swept));
  return exitOf(swept);
}

const listAt = (root: string): DiskBlockList =>
  new DiskBlockList(new DiskGenerations(root).folder, revokedKeys);

const exitOf = (swept: Swept): 0 | 1 => (swept.kind === "failed" ? 1 : 0);

function said<T>(read: Parsed<T>): T {
  if (!read.ok) throw new Failure("usage", read.problem);
  return read.value;
}
