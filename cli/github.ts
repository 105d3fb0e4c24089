import type { ForgeClient } from "../adapters/github/client.ts";

/** A client with the token of the environment; undefined without one. The forge's address may be set, as in Actions. */
export async function githubOf(env: NodeJS.ProcessEnv = process.env): Promise<ForgeClient | undefined> {
  const token = env.GITHUB_TOKEN || env.GH_TOKEN;
  if (token === undefined || token === "") return undefined;
  // Octokit takes long to load.
  const { githubClient } = await import("../adapters/github/client.ts");
  const baseUrl = env.GITHUB_API_URL || undefined;
  return githubClient({ token, ...(baseUrl === undefined ? {} : { baseUrl }) });
}
