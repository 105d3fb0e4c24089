import { type Account, Accounts } from "./accounts.ts";
import type { Actor } from "./actor.ts";
import { App, type AppOptions, newPrivateKey } from "./apps.ts";
import type { ForgeEvent } from "./events.ts";
import { withChanges } from "./git-tree.ts";
import { HostedRepository } from "./hosted-repository.ts";
import { Ids } from "./ids.ts";
import type { Issue } from "./issue.ts";
import { demand, WRITE_ISSUES } from "./permission.ts";
import { notFound } from "./refusal.ts";
import { Replicas } from "./replicas.ts";
import type { RoleName } from "./roles.ts";
import { Teams, type TeamsOptions } from "./teams.ts";
import { Tokens } from "./tokens.ts";
import type { Troubles } from "./troubles.ts";

export type Files = Readonly<Record<string, string>>;

export interface ForgeOptions {
  /** Dates all content. */
  readonly now: () => Date;
  /** By which tokens end; the real one if left out. */
  readonly wallClock?: () => Date;
  /** An organization. */
  readonly owner: string;
  readonly repository: string;
  readonly repositoryId?: number;
  /** Login to id; any other login gets a new id when it first acts. */
  readonly people?: Readonly<Record<string, number>>;
  readonly roles?: Readonly<Record<string, RoleName>>;
  readonly teams?: TeamsOptions;
  /** The first commit on `main`. */
  readonly files?: Files;
  /** Further branches, each with one commit of its own. */
  readonly branches?: Readonly<Record<string, Files>>;
}

export interface RepositoryMore {
  readonly id?: number;
  readonly private?: boolean;
  readonly files?: Files;
  /** A login; the forge's organization if left out. */
  readonly owner?: string;
}

/** A GitHub of one organization, in memory. `serveForge` puts it on HTTP; tests use it as it is. */
export class Forge {
  readonly now: () => Date;
  readonly wallClock: () => Date;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly teams: Teams;
  readonly owner: Account;
  /** Where clients reach it; `serveForge` sets it. */
  url = "http://forge.invalid";
  readonly #ids = new Ids();
  readonly #repositories: HostedRepository[] = [];
  readonly #apps: App[] = [];
  #troubles: Troubles | undefined;
  #replicas: Replicas | undefined;
  readonly #listeners = new Set<(event: ForgeEvent) => void>();

  constructor(options: ForgeOptions) {
    this.now = options.now;
    this.wallClock = options.wallClock ?? (() => new Date());
    this.accounts = new Accounts(options.people ?? {}, this.now);
    this.tokens = new Tokens(this.accounts, (slug) => this.app(slug), this.wallClock);
    this.owner = this.#known(options.owner, "Organization");
    this.teams = new Teams(options.teams ?? {}, (login) => this.#known(login));
    const { repositoryId, files = {}, branches = {}, roles = {} } = options;
    const repository = this.addRepository(options.repository, {
      files,
      ...(repositoryId === undefined ? {} : { id: repositoryId }),
    });
    for (const [name, held] of Object.entries(branches)) this.#firstCommit(repository, name, held);
    for (const [login, role] of Object.entries(roles)) this.setRole(login, role);
  }

  /** A bad day, or undefined: deliveries and answers go astray, and reads are stale. */
  set troubles(troubles: Troubles | undefined) {
    const oldestMs = troubles?.oldestMs ?? 0;
    this.#troubles = troubles;
    this.#replicas = oldestMs === 0 ? undefined : new Replicas(this.#repositories, oldestMs, this.wallClock);
  }

  get troubles(): Troubles | undefined {
    return this.#troubles;
  }

  /** A repository as the next read finds it: on a bad day, as it was. */
  read(repository: HostedRepository): HostedRepository {
    const lagMs = this.#replicas === undefined ? 0 : (this.#troubles?.lagMs() ?? 0);
    return lagMs === 0 ? repository : (this.#replicas?.seen(repository, lagMs) ?? repository);
  }

  /** The first repository, or the one of this name. */
  repository(name?: string): HostedRepository {
    const found = this.#repositories.find((other) => name === undefined || isNamed(other.name, name));
    if (found === undefined) throw new Error(`repository "${name}" is unknown`);
    return found;
  }

  findRepository(owner: string, name: string): HostedRepository | undefined {
    return this.#repositories.find((one) => isNamed(one.owner.login, owner) && isNamed(one.name, name));
  }

  repositoryById(id: number): HostedRepository | undefined {
    return this.#repositories.find((one) => one.id === id);
  }

  get repositories(): readonly HostedRepository[] {
    return this.#repositories;
  }

  addRepository(name: string, more: RepositoryMore = {}): HostedRepository {
    const { id = this.#ids.next(), files, owner, ...rest } = more;
    const around = { now: this.now, ids: this.#ids, emit: (event: ForgeEvent) => this.#emit(event) };
    const repository = new HostedRepository(
      {
        id,
        owner: owner === undefined ? this.owner : this.#known(owner),
        name,
        createdAt: this.now(),
        ...rest,
      },
      around,
    );
    if (files !== undefined) this.#firstCommit(repository, repository.defaultBranch, files);
    this.#repositories.push(repository);
    return repository;
  }

  /** A copy of a repository under somebody else's name, with all its branches. */
  fork(from: HostedRepository, login: string): HostedRepository {
    const copy = this.addRepository(from.name, { owner: login });
    for (const [ref, oid] of from.git.refs("refs/heads/")) {
      copy.git.adopt(from.git, oid);
      copy.git.swapRef(ref, undefined, oid);
    }
    return copy;
  }

  /** A person as an actor; `through` names an app that acts for them. */
  person(login: string, through?: App): Actor {
    const account = this.#known(login);
    return { kind: "person", account, ...(through === undefined ? {} : { through }) };
  }

  installation(app: App): Actor {
    return { kind: "installation", account: app.bot, app };
  }

  setRole(login: string, role: RoleName, repository = this.repository()): void {
    repository.setRole(this.#known(login), role);
  }

  /** Makes an App, installed on the owner. */
  async createApp(options: AppOptions): Promise<App> {
    const privateKey = options.privateKey ?? (await newPrivateKey());
    const bot = this.accounts.addBot(options.slug);
    const app = new App(this.#ids.next(), bot, this.owner, { ...options, privateKey });
    this.#apps.push(app);
    return app;
  }

  get apps(): readonly App[] {
    return this.#apps;
  }

  app(slug: string): App | undefined {
    return this.#apps.find((one) => one.slug === slug);
  }

  /** Moves an issue to another repository, which takes write access to both. */
  transfer(actor: Actor, from: HostedRepository, number: number, to: HostedRepository): Issue {
    const old = from.issues.get(actor, number);
    demand(actor, from, WRITE_ISSUES);
    demand(actor, to, WRITE_ISSUES);
    if (from === to) throw notFound();
    const moved = to.issues.receive(actor, old);
    from.issues.release(actor, old, moved);
    return moved;
  }

  /** Hears everything that happens; returns how to stop hearing. */
  listen(listener: (event: ForgeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #emit(event: ForgeEvent): void {
    this.#replicas?.note(event);
    for (const listener of this.#listeners) listener(event);
    if (event.name !== "push") return;
    for (const { pulls } of this.#repositories) pulls.pushed(event.repository, event.ref, event.sender);
  }

  #known(login: string, type: "User" | "Organization" = "User"): Account {
    const account = this.accounts.ensure(login, type);
    if (account === undefined) throw new Error(`login "${login}" is none that GitHub allows`);
    return account;
  }

  #firstCommit(repository: HostedRepository, branch: string, files: Files): void {
    const changes = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
    const tree = withChanges(repository.git, undefined, changes).oid;
    const by = {
      name: this.owner.login,
      email: `${this.owner.login}@users.noreply.github.com`,
      at: this.now(),
    };
    const commit = repository.git.commit({
      tree,
      parents: [],
      author: by,
      committer: by,
      message: `start ${branch}`,
    });
    repository.git.swapRef(`refs/heads/${branch}`, undefined, commit.oid);
  }
}

const isNamed = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
