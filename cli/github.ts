import type { ForgeClient } from "../adapters/github/client.ts";

/** A client with the token of the environment; undefined without one. The forge's address may be set, as in Actions. */
export async function githubOf(env: NodeJS.ProcessEnv = process.env): Promise<ForgeClient | undefined> {
  return tokenIn(env) === undefined ? undefined : anyGithub(env);
}

/** The same; without a token it reads what is public. */
export async function anyGithub(env: NodeJS.ProcessEnv = process.env): Promise<ForgeClient> {
  // Octokit takes long to load.
  const { githubClient } = await import("../adapters/github/client.ts");
  const token = tokenIn(env);
  const baseUrl = env.GITHUB_API_URL || undefined;
  return githubClient({
    ...(token === undefined ? {} : { token }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
}

const tokenIn = (env: NodeJS.ProcessEnv): string | undefined => env.GITHUB_TOKEN || env.GH_TOKEN || undefined;
