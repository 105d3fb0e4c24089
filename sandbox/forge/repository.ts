import type { Account } from "./accounts.ts";
import { GitStore } from "./git-store.ts";
import type { RoleName } from "./roles.ts";

export interface RepositoryOptions {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly createdAt: Date;
  readonly private?: boolean;
}

/** A repository as everything in it sees it: its names, who holds which role, its Git objects. */
export class Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly defaultBranch = "main";
  readonly createdAt: Date;
  readonly git: GitStore;
  readonly #roles: Map<Account, RoleName>;

  /** `like`: another view of a repository that there is, with Git's refs of its own. */
  constructor(options: RepositoryOptions, like?: { readonly of: Repository; readonly git: GitStore }) {
    this.git = like?.git ?? new GitStore();
    this.#roles = like === undefined ? new Map() : like.of.#roles;
    this.id = options.id;
    this.owner = options.owner;
    this.name = options.name;
    this.isPrivate = options.private ?? false;
    this.createdAt = options.createdAt;
  }

  get fullName(): string {
    return `${this.owner.login}/${this.name}`;
  }

  /** Everybody may read a public repository; nobody may see a private one. */
  roleOf(account: Account): RoleName {
    if (account === this.owner) return "admin";
    return this.#roles.get(account) ?? (this.isPrivate ? "none" : "read");
  }

  setRole(account: Account, role: RoleName): void {
    this.#roles.set(account, role);
  }
}
