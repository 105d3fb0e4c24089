export type AccountType = "User" | "Bot" | "Organization";

/** Its id stays; its login can be given up, and taken by somebody else. */
export class Account {
  readonly id: number;
  readonly type: AccountType;
  readonly createdAt: Date;
  login: string;
  /** Deleted: what it wrote is shown as a ghost's. */
  gone = false;

  constructor(id: number, login: string, type: AccountType, createdAt: Date) {
    this.id = id;
    this.login = login;
    this.type = type;
    this.createdAt = createdAt;
  }
}

const LOGIN = /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i;
const FIRST_NEW_ID = 90_000_001;

/** Everybody the forge knows. Logins are compared as GitHub does: without case. */
export class Accounts {
  readonly #byLogin = new Map<string, Account>();
  readonly #byId = new Map<number, Account>();
  readonly #now: () => Date;
  #next = FIRST_NEW_ID;

  constructor(people: Readonly<Record<string, number>>, now: () => Date) {
    this.#now = now;
    for (const [login, id] of Object.entries(people)) this.#add(id, login, "User");
  }

  find(login: string): Account | undefined {
    return this.#byLogin.get(login.toLowerCase());
  }

  byId(id: number): Account | undefined {
    const account = this.#byId.get(id);
    return account?.gone ? undefined : account;
  }

  /** The account of this login; one that nobody has yet gets a new id. Undefined if GitHub allows no such login. */
  ensure(login: string, type: "User" | "Organization" = "User"): Account | undefined {
    const known = this.find(login);
    if (known !== undefined) return known;
    return LOGIN.test(login) ? this.#add(this.#freeId(), login, type) : undefined;
  }

  /** An app's own account, `<slug>[bot]`. */
  addBot(slug: string): Account {
    return this.#add(this.#freeId(), `${slug}[bot]`, "Bot");
  }

  /** Frees the old login for whoever comes next. */
  rename(from: string, to: string): void {
    const account = this.find(from);
    if (account === undefined || !LOGIN.test(to)) throw new Error(`account "${from}" can't become "${to}"`);
    if (this.find(to) !== undefined) throw new Error(`login "${to}" is taken`);
    this.#byLogin.delete(from.toLowerCase());
    account.login = to;
    this.#byLogin.set(to.toLowerCase(), account);
  }

  remove(login: string): void {
    const account = this.find(login);
    if (account === undefined) return;
    account.gone = true;
    this.#byLogin.delete(login.toLowerCase());
  }

  #freeId(): number {
    while (this.#byId.has(this.#next)) this.#next += 1;
    return this.#next;
  }

  #add(id: number, login: string, type: AccountType): Account {
    if (this.#byId.has(id)) throw new Error(`two accounts have the id ${id}`);
    const account = new Account(id, login, type, this.#now());
    this.#byId.set(id, account);
    this.#byLogin.set(login.toLowerCase(), account);
    return account;
  }
}
