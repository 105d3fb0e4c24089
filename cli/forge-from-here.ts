import type { ForgeClient, Repository } from "../adapters/github/client.ts";
import { Failure } from "../core/failure.ts";
import { githubOf } from "./github.ts";
import { repositoryNamed } from "./realm-of.ts";

/** The named repository, and a client with the token of the environment: GraphQL answers nobody without one. */
export async function forgeFromHere(
  repository: string,
): Promise<{ readonly client: ForgeClient; readonly repository: Repository }> {
  const named = repositoryNamed(repository);
  const client = await githubOf();
  if (client !== undefined) return { client, repository: named };
  throw new Failure("usage", "GITHUB_TOKEN is not set", {
    hint: "set it to a token that may read the repository",
  });
}
