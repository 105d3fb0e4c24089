import { randomBytes } from "node:crypto";
import type { Accounts } from "./accounts.ts";
import { type Actor, nobody } from "./actor.ts";
import type { App } from "./apps.ts";

const ONE_HOUR = 3_600_000;

export interface InstallationToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * Tokens and whom they stand for: `sandbox-<login>` a person, `sandbox-<login>@<slug>` an app acting for that person,
 * `ghs_…` an app's installation for an hour.
 */
export class Tokens {
  readonly #accounts: Accounts;
  readonly #appBySlug: (slug: string) => App | undefined;
  readonly #issued = new Map<string, { readonly app: App; readonly expiresAt: Date }>();
  readonly #wallClock: () => Date;

  /** Clients keep tokens by their own clock, so these end by the real one, not by the one that dates the content. */
  constructor(accounts: Accounts, appBySlug: (slug: string) => App | undefined, wallClock: () => Date) {
    this.#accounts = accounts;
    this.#appBySlug = appBySlug;
    this.#wallClock = wallClock;
  }

  issue(app: App): InstallationToken {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const expiresAt = new Date(this.#wallClock().getTime() + ONE_HOUR);
    this.#issued.set(token, { app, expiresAt });
    return { token, expiresAt };
  }

  revoke(token: string): void {
    this.#issued.delete(token);
  }

  /** Undefined: GitHub would answer "Bad credentials". */
  actor(token: string | undefined): Actor | undefined {
    if (token === undefined) return nobody;
    const issued = this.#issued.get(token);
    if (issued !== undefined) {
      if (issued.expiresAt <= this.#wallClock()) return undefined;
      return { kind: "installation", account: issued.app.bot, app: issued.app };
    }
    const [, login = "", slug] = /^sandbox-([^@]+)(?:@(.+))?$/.exec(token) ?? [];
    const through = slug === undefined ? undefined : this.#appBySlug(slug);
    if (slug !== undefined && through === undefined) return undefined;
    const account = this.#accounts.ensure(login);
    if (account === undefined) return undefined;
    return { kind: "person", account, ...(through === undefined ? {} : { through }) };
  }
}
