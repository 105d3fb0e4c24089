import { fullName } from "./branches.ts";
import type {
  MutationCreateCommitOnBranchArgs,
  MutationDeleteIssueArgs,
  MutationTransferIssueArgs,
  MutationUpdateRefsArgs,
} from "./graphql-args.ts";
import { GitViews } from "./graphql-git.ts";
import { viewIssue } from "./graphql-issue.ts";
import { viewRepository } from "./graphql-repository.ts";
import type { Viewer } from "./graphql-viewer.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { fromNodeId } from "./ids.ts";
import type { Issue } from "./issue.ts";
import { demand, READ_METADATA } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";

/** The mutations that write Git data, and the two that move an issue away. */
export function mutations(viewer: Viewer) {
  const { actor, forge } = viewer;
  return {
    createCommitOnBranch: ({ input }: MutationCreateCommitOnBranchArgs) => {
      const { repository, branch } = branchOf(viewer, input.branch);
      const { headline, body } = input.message;
      const { additions, deletions } = input.fileChanges ?? {};
      const changes = new Map<string, Buffer | null>();
      for (const { path } of deletions ?? []) changes.set(path, null);
      for (const { path, contents } of additions ?? []) changes.set(path, Buffer.from(contents, "base64"));
      const commit = repository.branches.commit(actor, {
        branch,
        expectedHead: input.expectedHeadOid,
        message: body ? `${headline}\n\n${body}` : headline,
        changes,
      });
      const git = new GitViews(viewer, repository, () => viewRepository(viewer, repository));
      return {
        clientMutationId: input.clientMutationId,
        commit: () => git.object(commit.oid),
        ref: () => git.ref(fullName(branch), commit.oid),
      };
    },
    updateRefs: ({ input }: MutationUpdateRefsArgs) => {
      const updates = input.refUpdates.map(({ name, beforeOid, afterOid, force }) => ({
        name,
        before: beforeOid ?? undefined,
        after: afterOid,
        force: force === true,
      }));
      repositoryWithId(viewer, input.repositoryId).branches.update(actor, updates);
      return { clientMutationId: input.clientMutationId };
    },
    transferIssue: ({ input }: MutationTransferIssueArgs) => {
      const { repository, issue } = issueWithId(viewer, input.issueId);
      const to = repositoryWithId(viewer, input.repositoryId);
      const moved = forge.transfer(actor, repository, issue.number, to);
      const shown = viewIssue(viewer, moved, () => viewRepository(viewer, to));
      return { clientMutationId: input.clientMutationId, issue: shown };
    },
    deleteIssue: ({ input }: MutationDeleteIssueArgs) => {
      const { repository, issue } = issueWithId(viewer, input.issueId);
      repository.issues.delete(actor, issue.number);
      return { clientMutationId: input.clientMutationId, repository: viewRepository(viewer, repository) };
    },
  };
}

function branchOf(
  viewer: Viewer,
  { id, branchName, repositoryNameWithOwner }: MutationCreateCommitOnBranchArgs["input"]["branch"],
): { repository: HostedRepository; branch: string } {
  if (id) {
    const [, repositoryId = "", ref = ""] = /^(\d+):(.+)$/.exec(fromNodeId("REF", id) ?? "") ?? [];
    const repository = viewer.forge.repositoryById(Number(repositoryId));
    if (repository === undefined) throw notFound(`Could not resolve to a node with the global id of '${id}'`);
    return { repository: visible(viewer, repository, id), branch: ref };
  }
  const [owner = "", name = ""] = (repositoryNameWithOwner ?? "").split("/");
  if (!branchName || name === "") {
    throw new Refusal(422, "Either an id or a branchName with a repositoryNameWithOwner must be given.");
  }
  const found = viewer.forge.findRepository(owner, name);
  const none = `Could not resolve to a Repository with the name '${repositoryNameWithOwner}'.`;
  if (found === undefined) throw notFound(none);
  return { repository: visible(viewer, found, none), branch: branchName };
}

function visible(viewer: Viewer, repository: HostedRepository, none: string): HostedRepository {
  try {
    demand(viewer.actor, repository, READ_METADATA);
    return repository;
  } catch {
    throw notFound(none);
  }
}

function repositoryWithId(viewer: Viewer, id: string): HostedRepository {
  const none = `Could not resolve to a node with the global id of '${id}'`;
  const found = viewer.forge.repositoryById(Number(fromNodeId("R", id)));
  if (found === undefined) throw notFound(none);
  return visible(viewer, found, none);
}

export function issueWithId(
  viewer: Viewer,
  id: string,
): { readonly repository: HostedRepository; readonly issue: Issue } {
  const wanted = Number(fromNodeId("I", id));
  for (const repository of viewer.forge.repositories) {
    const issue = repository.issues.list(viewer.actor).find((one) => one.id === wanted);
    if (issue !== undefined) return { repository, issue };
  }
  throw notFound(`Could not resolve to a node with the global id of '${id}'`);
}
