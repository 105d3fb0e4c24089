import type { Account } from "./submission/issue.ts";
import type { Instant } from "./time.ts";

/** What `doctor` needs from outside, beside core/ports/; nothing here changes anything. */

/** Accounts as GitHub has them now. */
export interface AccountLookup {
  named(login: string): Promise<Account | undefined>;
  of(id: number): Promise<Account | undefined>;
}

/** A repository as one token sees it. What the token may not see is a failure `refused` that names what it lacks. */
export interface RepositoryLook {
  /** By the forge's own clock; asked without any permission. */
  clock(): Promise<Date>;
  about(): Promise<{ readonly id: number; readonly fullName: string; readonly defaultBranch: string }>;
  /** Of the default branch; undefined where there is none. */
  file(path: string): Promise<string | undefined>;
  environment(name: string): Promise<EnvironmentLook>;
  /** Names; of an environment, where one is given. */
  secrets(environment?: string): Promise<ReadonlySet<string>>;
  variables(): Promise<ReadonlyMap<string, string>>;
  oidcSubject(): Promise<OidcSubject>;
}

/** `open`: to workflows of every branch, which whoever may push can write. */
export type EnvironmentLook = "missing" | "open" | "bound";

/** How tokens of this repository's workflows name it. */
export interface OidcSubject {
  /** `repo:owner/name`, or `repo:owner@ID/name@ID`. */
  readonly prefix: string;
  /** Set where the repository's admins chose the claims themselves. */
  readonly claims?: readonly string[];
}

/** A GitHub App, as it sees itself. */
export interface AppLook {
  /** Of the installation that covers the repository; undefined where there is none. */
  installation(): Promise<Installation | undefined>;
  /** The newest first. */
  deliveries(): AsyncIterable<{ readonly guid: string; readonly at: Date; readonly taken: boolean }>;
}

export interface Installation {
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

/** Hosts, as anybody meets them on the network. */
export interface Network {
  /** Host public key lines that an SSH server shows, one a kind of key. Throws `unavailable`. */
  hostKeys(host: string, port: number): Promise<readonly string[]>;
  /**
   * A TLS handshake that trusts `ca` (PEM), or the system's roots; resolves with when the server's certificate ends.
   * Throws `unavailable`, or `refused` where that is not trusted.
   */
  handshake(host: string, port: number, ca?: string): Promise<Instant>;
}

/** Programs on this computer: `20.18.1`; undefined where there is none. */
export interface Programs {
  readonly node: string;
  ssh(): Promise<string | undefined>;
  git(): Promise<string | undefined>;
}
