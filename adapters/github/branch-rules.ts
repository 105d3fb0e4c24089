import * as z from "zod";
import type { BranchRules } from "../../core/ports/realm.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";

const rules = z.array(z.object({ type: z.string() }));
const MOST = 1000;

/** Active rules of all rulesets that hold on a branch; `metadata: read` suffices. Source: "Get rules for a branch". */
export class GitHubBranchRules implements BranchRules {
  readonly #forge: Forge;
  readonly #repository: Repository;

  constructor(client: ForgeClient, repository: Repository) {
    this.#forge = new Forge(client);
    this.#repository = repository;
  }

  async of(branch: string): Promise<ReadonlySet<string>> {
    const route = "GET /repos/{owner}/{repo}/rules/branches/{branch}";
    const listed = await this.#forge.list(route, { ...this.#repository, branch }, rules, MOST);
    return new Set(listed.map(({ type }) => type));
  }
}
