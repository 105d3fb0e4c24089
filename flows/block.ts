import type { BlockedKey } from "../core/access/blocked.ts";
import type { Swept } from "../core/access/sessions.ts";
import type { Fingerprint } from "../core/keys/ssh-key.ts";
import type { BlockList, Sessions } from "../core/ports/proxy-host.ts";

export interface BlockPorts {
  readonly blocked: BlockList;
  readonly sessions: Sessions;
}

/** Refuses a key on this proxy from now on, and ends its sessions. Repeated, it does the rest of what was left. */
export async function block({ blocked, sessions }: BlockPorts, key: BlockedKey): Promise<Swept> {
  await blocked.change((keys) =>
    keys.some(({ fingerprint }) => fingerprint === key.fingerprint) ? keys : [...keys, key],
  );
  return sessions.sweep();
}

/** Lets a key in again where a sync brings it; false where it was not blocked. */
export async function unblock(
  { blocked }: Pick<BlockPorts, "blocked">,
  fingerprint: Fingerprint,
): Promise<boolean> {
  let found = false;
  await blocked.change((keys) => {
    const others = keys.filter((key) => key.fingerprint !== fingerprint);
    found = others.length < keys.length;
    return others;
  });
  return found;
}
