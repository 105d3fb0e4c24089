import * as z from "zod";
import type { CommitId } from "../../core/registry/record.ts";
import type { Repository } from "./client.ts";
import type { Forge } from "./forge.ts";

export const BRANCH = "registry";

const oid = z.string().regex(/^[0-9a-f]{40}$/);

const HEAD = `
  query ($owner: String!, $repo: String!) {
    repository(owner: $owner, name: $repo) { ref(qualifiedName: "refs/heads/${BRANCH}") { target { oid } } }
  }`;
const head = z.object({
  repository: z.object({ ref: z.object({ target: z.object({ oid }) }).nullable() }),
});

/** Undefined where the repository surely can be seen and has no such branch. */
export async function branchHead(forge: Forge, repository: Repository): Promise<CommitId | undefined> {
  return (await forge.query(HEAD, { ...repository }, head)).repository.ref?.target.oid;
}

const COMMIT = `
  mutation ($input: CreateCommitOnBranchInput!) {
    createCommitOnBranch(input: $input) { commit { oid } }
  }`;
const committed = z.object({ createCommitOnBranch: z.object({ commit: z.object({ oid }) }) });

/** One commit on top of exactly `expected`; undefined: the branch's head is another one by now. */
export async function commitOnBranch(
  forge: Forge,
  { owner, repo }: Repository,
  expected: CommitId,
  files: ReadonlyMap<string, string>,
  headline: string,
): Promise<CommitId | undefined> {
  const additions = [...files].map(([path, text]) => ({
    path,
    contents: Buffer.from(text).toString("base64"),
  }));
  const input = {
    branch: { repositoryNameWithOwner: `${owner}/${repo}`, branchName: BRANCH },
    expectedHeadOid: expected,
    message: { headline },
    fileChanges: { additions },
  };
  const outcome = await forge.mutate(COMMIT, { input }, committed, ["STALE_DATA"]);
  return outcome.ok ? outcome.value.createCommitOnBranch.commit.oid : undefined;
}

const made = z.object({ sha: oid });

/** Starts the branch from a commit without parents. Whoever comes second finds it there and changes nothing. */
export async function createBranch(
  forge: Forge,
  repository: Repository,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const tree = [...files].map(([path, content]) => ({ path, mode: "100644", type: "blob", content }));
  const { sha: root } = await forge.write(
    "POST /repos/{owner}/{repo}/git/trees",
    { ...repository, tree },
    made,
  );
  const commit = { ...repository, message: "start the registry", tree: root, parents: [] };
  const { sha } = await forge.write("POST /repos/{owner}/{repo}/git/commits", commit, made);
  const ref = { ...repository, ref: `refs/heads/${BRANCH}`, sha };
  await forge.attempt("POST /repos/{owner}/{repo}/git/refs", ref, z.unknown(), [422]);
}
