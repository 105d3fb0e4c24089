import * as z from "zod";
import type { CommitId } from "../../core/registry/record.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";

const commit = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });

/** The commit that a tag names at this moment, an annotated one's too; undefined where there is no such tag. */
export async function commitOfTag(
  client: ForgeClient,
  repository: Repository,
  tag: string,
): Promise<CommitId | undefined> {
  const route = "GET /repos/{owner}/{repo}/commits/{ref}";
  return (await new Forge(client).find(route, { ...repository, ref: `tags/${tag}` }, commit))?.sha;
}
