import { formatId } from "../names.ts";
import { adminsOf, type Realm, type System } from "../realm/realm.ts";
import { type ComputerRecord, isEnrolled } from "../registry/record.ts";
import type { Registry } from "../registry/registry.ts";
import type { Account, Issue } from "../submission/issue.ts";
import type { Submission } from "../submission/submission.ts";
import type { Decision, Digest, Reason, Reasons } from "./decision.ts";
import { refusalOf } from "./refusal.ts";
import { type Asked, isOutlived, ownerOf, revokedSince } from "./standing.ts";
import { named } from "./trust.ts";

interface Place {
  readonly realm: Realm;
  readonly system: System;
  readonly registry: Registry;
}

/** Judges a `<id>.revoke` issue. */
export function decideRevocation(
  submission: Submission,
  digest: Digest,
  hands: readonly Account[],
  issue: Issue,
  { realm, system, registry }: Place,
): Decision {
  const asked = { issue: issue.number, at: issue.createdAt };
  const refusal = whyNotRevoked(submission, { realm, system, registry }, hands, asked);
  if (refusal !== undefined) return refusalOf(submission, digest)(refusal);
  const id = formatId(submission.id);
  const because: Reasons = [
    { rule: "revoke", at: system.at, says: `${hands.map(named).join(", ")} may revoke ${id}` },
  ];
  return {
    kind: "grant",
    computer: submission.id,
    submission: "revoke",
    digest,
    keys: [],
    approvedBy: [],
    because,
  };
}

/** Those may revoke who are an admin of the system or of the realm, or enrolled the computer: all that asked. */
export function whyNotRevoked(
  { id: computer }: Pick<Submission, "id">,
  { realm, system, registry }: Place,
  by: readonly Account[],
  asked: Asked,
): Reason | undefined {
  const no = (says: string, fix?: string): Reason => ({
    rule: "revoke",
    says,
    ...(fix === undefined ? {} : { fix }),
  });
  const record = registry.get(computer);
  const id = formatId(computer);
  if (record === undefined) return no(`computer ${id} is not enrolled`);
  const stranger = strangerAmong(by, record, realm, system);
  if (stranger !== undefined) return { ...stranger, at: system.at };
  if (record.revoked !== undefined) return no(`computer ${id} is revoked already`);
  if (!isEnrolled(record)) return no(`computer ${id} is not enrolled`);
  const since = revokedSince(record, asked);
  if (since !== undefined)
    return no(
      `computer ${id} was revoked at ${since.at}, and let in again`,
      "open a new issue to revoke it again",
    );
  return isOutlived(record, asked)
    ? no(`all that computer ${id} holds was enrolled later`, "open a new issue to revoke it now")
    : undefined;
}

function strangerAmong(
  by: readonly Account[],
  record: ComputerRecord,
  realm: Realm,
  system: System,
): Reason | undefined {
  const owner = ownerOf(record);
  const allowed = [...adminsOf(realm, system), ...(owner === undefined ? [] : [owner])];
  const stranger = by.find(({ id }) => allowed.every((one) => one.id !== id));
  if (stranger === undefined) return undefined;
  const names = [...new Map(allowed.map((one) => [one.id, named(one)])).values()].join(", ");
  return {
    rule: "revoke",
    says: `${named(stranger)} may not revoke ${formatId(record.id)}; these may: ${names}`,
  };
}
