import type { Account } from "./accounts.ts";

/** Team slug to its members' logins. */
export type TeamsOptions = Readonly<Record<string, readonly string[]>>;

export interface Membership {
  readonly role: "member" | "maintainer";
  readonly state: "active" | "pending";
}

/** The organization's teams. Only an active membership is one; an invitation is pending until it is accepted. */
export class Teams {
  readonly #teams = new Map<string, Map<Account, Membership>>();
  readonly #account: (login: string) => Account;

  constructor(teams: TeamsOptions, account: (login: string) => Account) {
    this.#account = account;
    for (const [slug, logins] of Object.entries(teams)) {
      this.#teams.set(slug, new Map());
      for (const login of logins) this.set(slug, login);
    }
  }

  get slugs(): readonly string[] {
    return [...this.#teams.keys()];
  }

  membersOf(slug: string): readonly Account[] {
    const members = [...(this.#teams.get(slug) ?? [])];
    return members.filter(([, { state }]) => state === "active").map(([account]) => account);
  }

  membership(slug: string, account: Account): Membership | undefined {
    return this.#teams.get(slug)?.get(account);
  }

  has(account: Account): boolean {
    return [...this.#teams.values()].some((members) => members.get(account)?.state === "active");
  }

  set(slug: string, login: string, membership: Membership = { role: "member", state: "active" }): void {
    const members = this.#teams.get(slug) ?? new Map<Account, Membership>();
    this.#teams.set(slug, members.set(this.#account(login), membership));
  }

  remove(slug: string, login: string): void {
    this.#teams.get(slug)?.delete(this.#account(login));
  }
}
