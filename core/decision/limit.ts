import type { Decision } from "./decision.ts";

/** So many submissions of one account may wait for an admin at once: nobody can bury the others' under their own. */
export const MOST_WAITING = 20;

export const LIMIT_RULE = "requests.limit";

/** The refusal of a submission that would wait behind too many others of its author's; undefined: it may wait. */
export function tooMany(
  decision: Decision,
  waitingBefore: number,
): Extract<Decision, { kind: "refuse" }> | undefined {
  // Whom an admin has begun to approve is no longer unseen.
  if (decision.kind !== "ask" || decision.approvals.given.length > 0) return undefined;
  if (waitingBefore < MOST_WAITING) return undefined;
  const { computer, submission, digest, keys } = decision;
  const says = `${waitingBefore} submissions of this account wait already; ${MOST_WAITING} may at once`;
  return {
    kind: "refuse",
    computer,
    submission,
    digest,
    keys,
    because: [{ rule: LIMIT_RULE, says, fix: "close some of them, or wait for an admin, then write /retry" }],
  };
}
