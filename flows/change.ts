import { accept } from "../core/decision/accept.ts";
import { denied, revoked } from "../core/decision/acts.ts";
import { unprovedHolderOf, withoutKey } from "../core/decision/claims.ts";
import type { Facts } from "../core/decision/decide.ts";
import type { Decision } from "../core/decision/decision.ts";
import type { Act } from "../core/decision/hearing.ts";
import { type ComputerId, roleOf, sameId } from "../core/names.ts";
import type { RegistryChange } from "../core/ports/registry.ts";
import type { CommitId } from "../core/registry/record.ts";
import { digestOf } from "../core/submission/digest.ts";
import type { Issue } from "../core/submission/issue.ts";
import type { Submission } from "../core/submission/submission.ts";
import type { SignedOnce } from "./signed-once.ts";

/** What a grant writes into the registry; a request is signed for it first. */
export async function changeOfGrant(
  facts: Facts,
  submission: Submission,
  decision: Extract<Decision, { kind: "grant" }>,
  { realmCommit, signed }: { readonly realmCommit: CommitId; readonly signed: SignedOnce },
): Promise<RegistryChange> {
  const { realm, registry, issue, proven, now } = facts;
  if (submission.kind === "revoke") {
    const record = registry.get(submission.id);
    if (record === undefined || issue.author === null) throw new Error("a revocation of nothing was granted");
    const by = { reason: submission.reason, issue: issue.number, by: issue.author, at: now };
    return { records: [revoked(record, by)], message: `${pathOf(submission.id)}: revoke (#${issue.number})` };
  }
  const csr = "csr" in submission ? submission.csr : undefined;
  const issued =
    csr === undefined ? undefined : await signed.certificateFor(csr, roleOf(submission.id.computer));
  const record = accept({ realm, realmCommit, registry, issue, submission, decision, proven, issued, now });
  const held = unprovedHolderOf(submission, registry, proven);
  const robbed =
    held === undefined || sameId(held.record.id, submission.id) ? [] : [withoutKey(held.record, held.part)];
  const message = `${pathOf(submission.id)}: accept ${submission.kind} (#${issue.number})`;
  return { records: [record, ...robbed], message };
}

/** What a command writes into the registry, bound to its comment. */
export function changeOfAct({ registry, issue, now }: Facts, id: ComputerId, act: Act): RegistryChange {
  const record = registry.get(id);
  const { comment, reason, by } = act;
  const what = { issue: issue.number, comment, reason, by, at: now };
  const message = `${pathOf(id)}: ${act.kind} (#${issue.number}, comment ${comment})`;
  if (act.kind === "deny") {
    return { records: [denied(record, id, { kind: "deny", digest: digest(issue), ...what })], message };
  }
  if (record === undefined) throw new Error("a computer without a record was revoked");
  return { records: [revoked(record, what)], message };
}

const pathOf = ({ system, computer }: ComputerId): string => `${system}/${computer}`;

export const digest = (issue: Issue): string => digestOf({ ...issue, authorId: issue.author?.id ?? 0 });
