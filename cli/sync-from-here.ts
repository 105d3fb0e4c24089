import { githubClient } from "../adapters/github/client.ts";
import { wireSync } from "../adapters/wire.ts";
import { Failure } from "../core/failure.ts";
import { sync } from "../flows/sync.ts";
import { syncExit, syncJson, syncLines } from "../flows/sync-words.ts";

/** Syncs all proxies and says what came of it; returns the exit code. */
export async function syncFromHere(options: {
  readonly repository: string;
  readonly syncKey: string;
  readonly signingKey: string;
  readonly signAnew?: boolean;
  readonly json?: boolean;
}): Promise<number> {
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/.exec(options.repository) ?? [];
  if (owner === undefined || repo === undefined) {
    throw new Failure("usage", `repository ${JSON.stringify(options.repository)} is no owner/name`);
  }
  const { GITHUB_TOKEN: token, GITHUB_API_URL: baseUrl } = process.env;
  const client = githubClient({
    ...(token === undefined ? {} : { token }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
  const { syncKey, signingKey, signAnew = false } = options;
  const { proxies: results } = await sync(
    wireSync({ client, repository: { owner, repo }, syncKey, signingKey }),
    {
      signAnew,
    },
  );
  console.log(
    options.json === true ? JSON.stringify(syncJson(results), null, 2) : syncLines(results).join("\n"),
  );
  return syncExit(results);
}
