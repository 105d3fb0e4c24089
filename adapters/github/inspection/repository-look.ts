import * as z from "zod";
import type { RepositoryIds } from "../../../core/aws/role.ts";
import { Failure, unavailable } from "../../../core/failure.ts";
import type { EnvironmentLook, OidcSubject, RepositoryLook } from "../../../core/inspection.ts";
import type { ForgeClient, Repository } from "../client.ts";
import { forgeFailure } from "../failures.ts";
import { Forge } from "../forge.ts";

const REPO = "GET /repos/{owner}/{repo}";

const repository = z.object({ id: z.number(), full_name: z.string(), default_branch: z.string() });
const owned = z.object({ id: z.number(), owner: z.object({ id: z.number() }) });
/** Without a policy every branch may use it. Source: docs.github.com, "Get an environment". */
const environment = z.object({ name: z.string(), deployment_branch_policy: z.looseObject({}).nullable() });
const secrets = z.object({ secrets: z.array(z.object({ name: z.string() })) });
const variables = z.object({ variables: z.array(z.object({ name: z.string(), value: z.string() })) });
const subject = z.object({
  use_default: z.boolean(),
  include_claim_keys: z.array(z.string()).optional(),
  // GitHub Enterprise Server leaves it out.
  sub_claim_prefix: z.string().optional(),
});

/** What one token sees of a repository's settings: names of secrets, never what they hold. */
export class GitHubRepositoryLook implements RepositoryLook {
  readonly #client: ForgeClient;
  readonly #forge: Forge;
  readonly #repository: Repository;

  constructor(client: ForgeClient, repository: Repository) {
    this.#client = client;
    this.#forge = new Forge(client);
    this.#repository = repository;
  }

  clock(): Promise<Date> {
    return forgeClock(this.#client, this.#forge.host);
  }

  async about() {
    const found = await this.#forge.find(REPO, { ...this.#repository }, repository);
    const { owner, repo } = this.#repository;
    if (found === undefined) {
      throw new Failure("refused", `repository ${owner}/${repo} is not there, or the token may not see it`, {
        hint: "check its name, and set GITHUB_TOKEN to a token that may read it",
      });
    }
    const { id, full_name: fullName, default_branch: defaultBranch } = found;
    return { id, fullName, defaultBranch };
  }

  /** By which GitHub knows it and its owner, whatever they are called. */
  async ids(): Promise<RepositoryIds> {
    const { id, owner } = await this.#forge.get(REPO, { ...this.#repository }, owned);
    return { owner: owner.id, repository: id };
  }

  file(path: string): Promise<string | undefined> {
    const parameters = { ...this.#repository, path, mediaType: { format: "raw" } };
    return this.#forge.find(`${REPO}/contents/{path}`, parameters, z.string());
  }

  async environment(name: string): Promise<EnvironmentLook> {
    const parameters = { ...this.#repository, environment_name: name };
    const route = `${REPO}/environments/{environment_name}`;
    const found = await this.#forge.find(route, parameters, environment);
    if (found === undefined) return "missing";
    return found.deployment_branch_policy === null ? "open" : "bound";
  }

  async secrets(environment?: string): Promise<ReadonlySet<string>> {
    const at = environment === undefined ? "actions" : "environments/{environment_name}";
    const named = environment === undefined ? {} : { environment_name: environment };
    const parameters = { ...this.#repository, ...named, per_page: 100 };
    const found = await this.#forge.get(`${REPO}/${at}/secrets`, parameters, secrets);
    return new Set(found.secrets.map(({ name }) => name));
  }

  async variables(): Promise<ReadonlyMap<string, string>> {
    const parameters = { ...this.#repository, per_page: 30 };
    const found = await this.#forge.get(`${REPO}/actions/variables`, parameters, variables);
    return new Map(found.variables.map(({ name, value }) => [name, value]));
  }

  async oidcSubject(): Promise<OidcSubject> {
    const route = `${REPO}/actions/oidc/customization/sub`;
    const found = await this.#forge.get(route, { ...this.#repository }, subject);
    const { owner, repo } = this.#repository;
    return {
      prefix: found.sub_claim_prefix ?? `repo:${owner}/${repo}`,
      ...(found.use_default ? {} : { claims: found.include_claim_keys ?? [] }),
    };
  }
}

/** The forge's own time, from the head of an answer that needs no permission and counts against no limit. */
export async function forgeClock(client: ForgeClient, host: string): Promise<Date> {
  const route = "GET /rate_limit";
  try {
    const { headers } = await client.request(route);
    const date = new Date(headers.date ?? "");
    if (Number.isNaN(date.getTime()))
      throw unavailable(`forge ${host}`, `its answer to ${route} has no date`);
    return date;
  } catch (error) {
    throw forgeFailure(error, host, route);
  }
}
