import { type Actor, accountOf, appOf } from "./actor.ts";
import type { Level, Scope } from "./apps.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import { atLeast, type RoleName } from "./roles.ts";

/** What an operation asks of a person (a role) and of an app (a scope at a level). */
export interface Need {
  readonly role: RoleName;
  readonly scope: Scope;
  readonly level: Level;
}

export const READ_METADATA: Need = { role: "read", scope: "metadata", level: "read" };
export const READ_ISSUES: Need = { role: "read", scope: "issues", level: "read" };
export const OPEN_ISSUES: Need = { role: "read", scope: "issues", level: "write" };
export const TRIAGE_ISSUES: Need = { role: "triage", scope: "issues", level: "write" };
export const WRITE_ISSUES: Need = { role: "write", scope: "issues", level: "write" };
export const READ_CONTENTS: Need = { role: "read", scope: "contents", level: "read" };
export const WRITE_CONTENTS: Need = { role: "write", scope: "contents", level: "write" };
export const WRITE_CHECKS: Need = { role: "admin", scope: "checks", level: "write" };

export function may(actor: Actor, repository: Repository, need: Need): boolean {
  switch (actor.kind) {
    case "nobody":
      return isPublic(repository, need);
    case "app":
      return false;
    case "installation":
      // What everybody may read of a public repository, an installation may read too.
      if (isPublic(repository, need)) return true;
      return repository.owner === actor.app.installedOn && actor.app.allows(need.scope, need.level);
    case "person":
      if (actor.through !== undefined && need.level === "write") {
        if (!actor.through.allows(need.scope, need.level)) return false;
      }
      return atLeast(repository.roleOf(actor.account), need.role);
  }
}

const isPublic = (repository: Repository, { role, level }: Need): boolean =>
  level === "read" && role === "read" && !repository.isPrivate;

/** Refuses as GitHub does: 404 to whom the repository is hidden, 401 to nobody, 403 to the rest. */
export function demand(actor: Actor, repository: Repository, need: Need): void {
  if (may(actor, repository, need)) return;
  throw refusalFor(actor, repository);
}

export function refusalFor(actor: Actor, repository: Repository): Refusal {
  if (actor.kind === "app") {
    return new Refusal(401, "A JSON web token could not be decoded");
  }
  if (!may(actor, repository, READ_METADATA)) return notFound();
  if (actor.kind === "nobody") return new Refusal(401, "Requires authentication");
  if (appOf(actor) !== null) return new Refusal(403, "Resource not accessible by integration");
  return new Refusal(403, "Must have admin rights to Repository.");
}

/** Whoever wrote it, or whoever the need admits. An app writes as its bot, so it too is the author of its own. */
export function mayChange(actor: Actor, repository: Repository, author: unknown, need: Need): boolean {
  const own = accountOf(actor) === author && may(actor, repository, OPEN_ISSUES);
  return own || may(actor, repository, need);
}
