import * as z from "zod";
import type { Allowance } from "../../core/ports/pull-requests.ts";
import type { ForgeClient } from "./client.ts";
import { Forge } from "./forge.ts";

const resource = z.object({ limit: z.number(), remaining: z.number() });
const limits = z.object({ resources: z.object({ core: resource, graphql: resource.optional() }) });

/** What GitHub still allows in this hour. To ask counts against no limit. Source: "Get rate limit status". */
export class GitHubAllowance implements Allowance {
  readonly #forge: Forge;

  constructor(client: ForgeClient) {
    this.#forge = new Forge(client);
  }

  async left(): Promise<number> {
    // GitHub Enterprise Server says 404 where nothing is limited.
    const found = await this.#forge.find("GET /rate_limit", {}, limits);
    if (found === undefined) return 1;
    const { core, graphql = core } = found.resources;
    return Math.min(...[core, graphql].map(({ limit, remaining }) => (limit > 0 ? remaining / limit : 1)));
  }
}
