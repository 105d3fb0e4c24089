import { type Instant, instantOf, isPast } from "../../core/time.ts";
import { type Finding, ok, problem } from "./check.ts";

/** Days before its end in which a certificate is a problem: time enough for who reads this weekly. */
const SOON = 30;
const DAY = 86_400_000;

/** How long something still lasts; `fix` is what makes it last longer. */
export function endFinding(what: string, ends: Instant, now: Date, fix: string): Finding {
  if (isPast(ends, instantOf(now))) return problem(`${what} ended at ${ends}`, fix);
  const days = Math.floor((Date.parse(ends) - now.getTime()) / DAY);
  if (days >= SOON) return ok(`${what} ends at ${ends}`);
  return problem(`${what} ends at ${ends}, in ${days === 1 ? "1 day" : `${days} days`}`, fix);
}
