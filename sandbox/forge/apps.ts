import { createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Account } from "./accounts.ts";

export type Scope =
  | "issues"
  | "contents"
  | "checks"
  | "pull_requests"
  | "members"
  | "metadata"
  | "administration"
  | "actions"
  | "actions_variables"
  | "environments"
  | "secrets";
export type Level = "read" | "write";
export type Permissions = Readonly<Partial<Record<Scope, Level>>>;

/** Where an app's webhooks go; without a URL none are sent. */
export interface Hook {
  url: string | undefined;
  secret: string;
}

export interface AppOptions {
  readonly slug: string;
  readonly name?: string;
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  readonly permissions?: Permissions;
  readonly events?: readonly string[];
  /** A PEM to use in place of a new key pair, which takes a moment to make. */
  readonly privateKey?: string;
}

/** What Warren's own App asks for. */
const PERMISSIONS: Permissions = {
  issues: "write",
  contents: "write",
  checks: "write",
  pull_requests: "write",
  members: "read",
  metadata: "read",
};
const EVENTS = ["issues", "issue_comment", "push", "pull_request"];

/** A GitHub App, installed once, on the owner of the forge's repositories. */
export class App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly bot: Account;
  /** The owner of the repositories that it may touch. */
  readonly installedOn: Account;
  readonly installationId: number;
  readonly permissions: Permissions;
  readonly events: readonly string[];
  /** PKCS#1, as GitHub hands it out. */
  readonly privateKey: string;
  readonly publicKey: KeyObject;
  readonly createdAt: Date;
  readonly hook: Hook;

  constructor(id: number, bot: Account, installedOn: Account, options: AppOptions & { privateKey: string }) {
    this.id = id;
    this.slug = options.slug;
    this.name = options.name ?? options.slug;
    this.bot = bot;
    this.installedOn = installedOn;
    this.installationId = id + 1_000_000;
    this.permissions = options.permissions ?? PERMISSIONS;
    this.events = options.events ?? EVENTS;
    this.privateKey = options.privateKey;
    this.publicKey = createPublicKey(options.privateKey);
    this.createdAt = bot.createdAt;
    this.hook = { url: options.webhookUrl, secret: options.webhookSecret ?? "" };
  }

  /** GitHub's `Iv23li…`: the App's other name, which may stand as `iss` in its web token. */
  get clientId(): string {
    return `Iv23li${String(this.id).padStart(14, "0")}`;
  }

  allows(scope: Scope, level: Level): boolean {
    const granted = this.permissions[scope];
    return granted === "write" || (granted === "read" && level === "read");
  }
}

const generate = promisify(generateKeyPair);

export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await generate("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}
