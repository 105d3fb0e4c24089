import type { Surroundings } from "./surroundings.ts";

/** A secret's name or a variable; what a secret holds nobody reads again. */
export interface Setting {
  readonly name: string;
  /** Of a variable. */
  readonly value: string;
  readonly at: Date;
}

/** Secrets' names and variables, of a repository or of an environment. Names are upper case on GitHub. */
export class Settings {
  readonly #now: () => Date;
  readonly #secrets = new Map<string, Setting>();
  readonly #variables = new Map<string, Setting>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  get secrets(): readonly Setting[] {
    return [...this.#secrets.values()];
  }

  get variables(): readonly Setting[] {
    return [...this.#variables.values()];
  }

  setSecret(name: string): void {
    this.#secrets.set(name, { name, value: "", at: this.#now() });
  }

  setVariable(name: string, value: string): void {
    this.#variables.set(name, { name, value, at: this.#now() });
  }
}

export interface Environment {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
  readonly settings: Settings;
  /** Whether chosen branches alone may use it; GitHub begins with all. */
  isBound: boolean;
}

/** How a workflow's OIDC token names its subject. */
export interface OidcSubject {
  readonly useDefault: boolean;
  readonly claims: readonly string[];
  /** With the ids of owner and repository: GitHub's way for repositories made after 2026-07-15. */
  readonly immutable: boolean;
}

const IMMUTABLE_SINCE = new Date("2026-07-15T00:00:00Z");

/** What a repository's Actions are set to. */
export class ActionsSettings {
  readonly settings: Settings;
  oidcSubject: OidcSubject;
  readonly #around: Surroundings;
  readonly #environments = new Map<string, Environment>();

  constructor(createdAt: Date, around: Surroundings) {
    this.#around = around;
    this.settings = new Settings(around.now);
    this.oidcSubject = { useDefault: true, claims: [], immutable: createdAt >= IMMUTABLE_SINCE };
  }

  get environments(): readonly Environment[] {
    return [...this.#environments.values()];
  }

  /** Names are compared without case. */
  environment(name: string): Environment | undefined {
    return this.#environments.get(name.toLowerCase());
  }

  addEnvironment(name: string): Environment {
    const { ids, now } = this.#around;
    const environment = {
      id: ids.next(),
      name,
      createdAt: now(),
      settings: new Settings(now),
      isBound: false,
    };
    this.#environments.set(name.toLowerCase(), environment);
    return environment;
  }
}
