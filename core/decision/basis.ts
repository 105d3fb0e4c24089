import { createHash } from "node:crypto";
import { digestOf } from "../submission/digest.ts";
import { readSubmission } from "../submission/submission.ts";
import { keysOf } from "./barriers.ts";
import { decide, type Facts } from "./decide.ts";
import { actedOn, broughtBy } from "./standing.ts";

/** Raised when the same facts come to be decided otherwise: then every sweep reads each open issue once more. */
const RULES = 1;

/**
 * What an answer rests on beside the issue's own content: the same basis and the same content, the same answer. It holds
 * what realm.yaml, registry, teams and time make of the text, not the lines they stand on, so that a commit which turns
 * nothing for an issue costs nothing. Undefined: it must be read, whatever it was answered.
 */
export function basisOf(facts: Facts): string | undefined {
  const { issue, registry } = facts;
  const read = readSubmission(issue.title, issue.body);
  if (read.kind === "none") return undefined;
  if (read.kind === "read") {
    const { id, kind } = read.submission;
    const record = registry.get(id);
    const digest = digestOf({ ...issue, authorId: issue.author?.id ?? 0 });
    const settled =
      record !== undefined &&
      (kind === "revoke"
        ? actedOn(record, { issue: issue.number }) !== undefined
        : Object.values(broughtBy(record, issue.number, digest)).some(({ length }) => length > 0));
    if (settled) return hashed([RULES, "settled"]);
  }
  // A listing shows neither comments nor apps, and verifies no proof; all of these are the content's, which is compared too.
  const decision = decide({ ...facts, issue: { ...issue, comments: [], viaApp: false }, proven: false });
  if (decision.kind === "none" || decision.kind === "grant") return undefined;
  const holders = (read.kind === "read" ? keysOf(read.submission) : []).map(({ fingerprint }) => {
    const holder = registry.holderOf(fingerprint);
    return holder === undefined ? null : (registry.get(holder)?.sequence ?? null);
  });
  return hashed([
    RULES,
    decision.kind,
    decision.because.map(({ rule, says }) => [rule, says]),
    decision.kind === "ask" ? [decision.approvers, decision.approvals.needed] : [],
    holders,
  ]);
}

const hashed = (basis: unknown): string => createHash("sha256").update(JSON.stringify(basis)).digest("hex");
