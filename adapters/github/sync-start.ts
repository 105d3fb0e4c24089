import * as z from "zod";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";

/**
 * Starts the workflow `sync-proxy`. It listens to this, for a push to the branch `registry`, which holds no workflow,
 * starts none. With a workflow's own token too: GitHub lets that one start workflows by `repository_dispatch`, and by
 * hardly anything else. Source: docs.github.com, "GITHUB_TOKEN".
 */
export async function startSync(client: ForgeClient, repository: Repository): Promise<void> {
  const route = "POST /repos/{owner}/{repo}/dispatches";
  await new Forge(client).write(route, { ...repository, event_type: "warren-registry" }, z.unknown());
}
