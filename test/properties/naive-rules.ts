import { createHash } from "node:crypto";
import type { Realm, Rule, System } from "../../core/realm/realm.ts";
import type { Account, Issue } from "../../core/submission/issue.ts";

/**
 * Who gets in, written a second time and as plainly as can be, straight from what docs/security.md promises: it shares
 * no code with `decide`, knows nothing of keys and bodies, and so can only say that a grant was wrong.
 */
export interface World {
  readonly realm: Realm;
  readonly issue: Issue;
  readonly members: ReadonlySet<string>;
  /** Of the computer that the title names. */
  readonly owner: Account | undefined;
  readonly revoked: boolean;
}

/** Why a grant would be wrong; undefined: nothing speaks against it. */
export function objectionTo({ realm, issue, members, owner, revoked }: World): string | undefined {
  const title =
    /^([a-z0-9-]+)\.([a-z0-9-]+)\.([a-z0-9-]+)\.(sshkey\.pub|x509\.csr|hostkey\.pub|enroll|revoke)\s*$/.exec(
      issue.title,
    );
  const [, computer = "", systemName = "", realmName = "", kind = ""] = title ?? [];
  if (title === null) return "title is none";
  if (realmName !== realm.name) return "another realm";
  const system = realm.systems.find(({ name }) => name === systemName);
  if (system === undefined) return "no such system";
  if (issue.viaApp) return "through an app";
  const hands = [
    issue.author,
    ...(issue.history.kind === "known" ? issue.history.edits.map(({ editor }) => editor) : []),
  ];
  if (hands.includes(null)) return "a ghost's hand";
  const ids = hands.map((hand) => hand?.id ?? -1);
  const admins = [...system.admins, ...realm.admins].map(({ id }) => id);
  if (kind === "revoke") {
    const stranger = ids.find((id) => id !== owner?.id && !admins.includes(id));
    return stranger === undefined ? undefined : `${stranger} may not revoke`;
  }
  if (realm.freeze) return "frozen";
  let needed = revoked || (owner !== undefined && ids.some((id) => id !== owner.id)) ? 1 : 0;
  for (const id of ids) {
    const rule = firstRule(system, computer, id, members);
    if (rule === undefined) return `no rule for ${id}`;
    if (rule.then === "refuse") return `a rule refuses ${id}`;
    if (rule.then === "ask") needed = Math.max(needed, rule.approvals);
  }
  const given = new Set<number>();
  for (const comment of issue.comments) {
    const id = comment.author?.id ?? -1;
    if (comment.edited || comment.viaApp || !admins.includes(id) || ids.includes(id)) continue;
    if (editsOf(issue).some(({ at }) => at >= comment.createdAt)) continue;
    if (comment.body === approvalOf(issue)) given.add(id);
  }
  return given.size >= needed ? undefined : `${given.size} of ${needed} approvals`;
}

/** The only words that approve exactly this text. */
export function approvalOf({ repositoryId, number, author, title, body }: Issue): string {
  const text = JSON.stringify([repositoryId, number, author?.id ?? 0, title, body]);
  return `/approve ${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}

const editsOf = ({ history }: Issue) => (history.kind === "known" ? history.edits : []);

const firstRule = (
  system: System,
  computer: string,
  id: number,
  members: ReadonlySet<string>,
): Rule | undefined =>
  system.trust.find(
    ({ may, named, who }) =>
      may.includes(computer.startsWith("controller") ? "controller" : "device") &&
      (named === undefined || globbed(named).test(computer)) &&
      who.some((one) => ("team" in one ? members.has(`${id} ${one.team}`) : one.id === id)),
  );

const globbed = (glob: string): RegExp =>
  new RegExp(
    `^${[...glob].map((char) => (char === "*" ? ".*" : char === "?" ? "." : `\\u{${char.codePointAt(0)?.toString(16)}}`)).join("")}$`,
    "u",
  );
