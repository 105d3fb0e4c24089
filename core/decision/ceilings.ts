import { formatId, sameId } from "../names.ts";
import { isEnrolled } from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import type { Account } from "../submission/issue.ts";
import type { Submission } from "../submission/submission.ts";
import { unprovedHolderOf } from "./claims.ts";
import type { Reason } from "./decision.ts";
import { ownerOf } from "./standing.ts";
import { named } from "./trust.ts";

/** What turns a grant into a question, whatever the rule says. */
export function ceilingsOn(
  submission: Submission,
  registry: Registry,
  hands: readonly Account[],
  proven: boolean,
): readonly Reason[] {
  return [...nameCeilings(submission, registry, hands), ...claimCeilings(submission, registry, proven)];
}

function nameCeilings(
  submission: Submission,
  registry: Registry,
  hands: readonly Account[],
): readonly Reason[] {
  const record = registry.get(submission.id);
  if (record === undefined) return [];
  const id = formatId(submission.id);
  if (record.revoked !== undefined) {
    return [{ rule: "name.revoked", says: `computer ${id} was revoked; an admin must let its name back in` }];
  }
  const owner = isEnrolled(record) ? ownerOf(record) : undefined;
  const other = hands.find((hand) => hand.id !== owner?.id);
  if (owner === undefined || other === undefined) return [];
  return [
    {
      rule: "name.owner",
      says: `computer ${id} was enrolled by ${named(owner)}, so a key from ${named(other)} needs an admin`,
    },
  ];
}

/** Whoever proves that they hold a key may take it from a claim without a proof, once an admin agrees. */
function claimCeilings(submission: Submission, registry: Registry, proven: boolean): readonly Reason[] {
  const held = unprovedHolderOf(submission, registry, proven);
  if (held === undefined) return [];
  const { record, part } = held;
  const where = sameId(record.id, submission.id) ? "this computer" : formatId(record.id);
  const by = named(part.evidence.submitter);
  return [
    {
      rule: "keys.proof",
      says: `key "${part.fingerprint}" was enrolled for ${where} by ${by}, without a proof; here it is proved, so an admin may move it`,
    },
  ];
}
