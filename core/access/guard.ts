import { type Parsed, parsed, unparsed } from "../place.ts";
import { type Duration, type Instant, later } from "../time.ts";

/** The part of its keys that a proxy may lose within an hour, unless root's shell says otherwise. */
export const DEFAULT_GUARD = 0.25;
/** Few enough to pass even where they are all there is. */
const ALWAYS_PASS = 10;
const WINDOW = -3600 as Duration;

/** Removals at or after this instant count. */
export const windowStart = (now: Instant): Instant => later(now, WINDOW);

/** Says why these removals are too many; `recent` keys are gone already within the last hour. */
export function guardProblem(
  keys: { readonly held: number; readonly removed: number; readonly recent: number },
  share: number,
): string | undefined {
  const gone = keys.recent + keys.removed;
  const before = keys.recent + keys.held;
  if (keys.removed === 0 || gone <= ALWAYS_PASS || gone <= before * share) return undefined;
  const lately = keys.recent === 0 ? "" : `, ${keys.recent} more went within the hour`;
  const allowed = Math.max(ALWAYS_PASS, Math.floor(before * share));
  return `guard allows ${allowed} removals an hour: this one removes ${keys.removed} of ${keys.held} keys${lately}`;
}

/** The file `guard` on the proxy: `25%`. */
export function readGuard(text: string): Parsed<number> {
  const [, digits] = /^([0-9]{1,3})%$/.exec(text.trim()) ?? [];
  const share = Number(digits) / 100;
  if (digits === undefined || share > 1)
    return unparsed(`guard ${JSON.stringify(text.trim())} is no share; write 25%`);
  return parsed(share);
}
