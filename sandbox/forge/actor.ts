import type { Account } from "./accounts.ts";
import type { App } from "./apps.ts";

/** Who asks. */
export type Actor =
  | { readonly kind: "nobody" }
  /** `through`: an app acts for the person, with a user-to-server token; GitHub then names the app. */
  | { readonly kind: "person"; readonly account: Account; readonly through?: App }
  /** An app on one of its installations; what it writes is by its bot account. */
  | { readonly kind: "installation"; readonly account: Account; readonly app: App }
  /** An app as itself, by its JSON web token: sees its own affairs and no repository. */
  | { readonly kind: "app"; readonly app: App };

export const nobody: Actor = { kind: "nobody" };

export const accountOf = (actor: Actor): Account | undefined =>
  actor.kind === "person" || actor.kind === "installation" ? actor.account : undefined;

/** The app GitHub will name as `performed_via_github_app`. */
export function appOf(actor: Actor): App | null {
  if (actor.kind === "installation") return actor.app;
  return actor.kind === "person" ? (actor.through ?? null) : null;
}
