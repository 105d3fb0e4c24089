import { stat } from "node:fs/promises";
import { readInput } from "../../adapters/files/read.ts";
import type { Repository } from "../../adapters/github/client.ts";
import { Failure } from "../../core/failure.ts";
import type { AppLook } from "../../core/inspection.ts";

/** The App as it sees itself, by the same variables that the app reads; undefined where they are not set. */
export async function appFromHere(
  repository: Repository,
  env: NodeJS.ProcessEnv = process.env,
): Promise<AppLook | undefined> {
  const { APP_ID: appId = "", GITHUB_API_URL: baseUrl = "" } = env;
  const privateKey = await privateKeyOf(env);
  if (appId === "" || privateKey === undefined) return undefined;
  const { appClient, GitHubAppLook } = await import("../../adapters/github/inspection/app-look.ts");
  const client = appClient({ appId, privateKey, ...(baseUrl === "" ? {} : { baseUrl }) });
  return new GitHubAppLook(client, repository);
}

async function privateKeyOf({ PRIVATE_KEY: text = "", PRIVATE_KEY_PATH: path = "" }: NodeJS.ProcessEnv) {
  if (text !== "") return text.replaceAll("\\n", "\n");
  if (path === "") return undefined;
  const key = await readInput(path);
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return key;
  throw new Failure("usage", `PRIVATE_KEY_PATH ${path} can be read by others`, { hint: `chmod 600 ${path}` });
}
