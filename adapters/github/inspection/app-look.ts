import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import * as z from "zod";
import type { AppLook, Installation } from "../../../core/inspection.ts";
import { type ForgeClient, quietly, type Repository } from "../client.ts";
import { HookDeliveries } from "../deliveries.ts";
import { Forge } from "../forge.ts";

const installation = z.object({
  permissions: z.record(z.string(), z.string()),
  events: z.array(z.string()),
});

/** The App's id and private key (PEM), and where its forge is. */
export interface AppIdentity {
  readonly appId: string;
  readonly privateKey: string;
  readonly baseUrl?: string;
}

/** A client that acts as the App itself, not as an installation. */
export const appClient = ({ appId, privateKey, baseUrl }: AppIdentity): ForgeClient =>
  new Octokit({
    authStrategy: createAppAuth,
    auth: { appId, privateKey },
    ...quietly(baseUrl),
  });

/** The App as it sees itself: its installation on the repository, and what became of its webhooks. */
export class GitHubAppLook implements AppLook {
  readonly #client: ForgeClient;
  readonly #forge: Forge;
  readonly #repository: Repository;

  /** `client` acts as the App. */
  constructor(client: ForgeClient, repository: Repository) {
    this.#client = client;
    this.#forge = new Forge(client);
    this.#repository = repository;
  }

  installation(): Promise<Installation | undefined> {
    return this.#forge.find("GET /repos/{owner}/{repo}/installation", { ...this.#repository }, installation);
  }

  deliveries() {
    return new HookDeliveries(this.#client).newest();
  }
}
