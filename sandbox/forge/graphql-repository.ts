import { viewUser } from "./graphql-actor.ts";
import type {
  RepositoryIssueArgs,
  RepositoryIssuesArgs,
  RepositoryObjectArgs,
  RepositoryRefArgs,
  RepositoryRefsArgs,
} from "./graphql-args.ts";
import { connect, type Key } from "./graphql-connection.ts";
import { GitViews } from "./graphql-git.ts";
import { viewIssue } from "./graphql-issue.ts";
import type { Viewer } from "./graphql-viewer.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { iso, nodeId } from "./ids.ts";
import type { Issue } from "./issue.ts";
import { demand, may, READ_CONTENTS, READ_METADATA } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";

export function viewRepository(viewer: Viewer, repository: HostedRepository): object {
  const { links, actor } = viewer;
  const git = new GitViews(viewer, repository, () => itself);
  const other = (one: Repository) => viewKnown(viewer, one);
  const refNamed = (name: string) => {
    demand(actor, repository, READ_CONTENTS);
    const fullName = ["", "refs/heads/", "refs/tags/"]
      .map((prefix) => `${prefix}${name}`)
      .find((full) => repository.git.ref(full) !== undefined);
    const oid = fullName === undefined ? undefined : repository.git.ref(fullName);
    return fullName === undefined || oid === undefined ? null : git.ref(fullName, oid);
  };
  const itself = {
    __typename: "Repository",
    id: nodeId("R", repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.fullName,
    isPrivate: repository.isPrivate,
    visibility: repository.isPrivate ? "PRIVATE" : "PUBLIC",
    isArchived: false,
    isEmpty: repository.git.refs().length === 0,
    url: links.page(repository),
    resourcePath: `/${repository.fullName}`,
    createdAt: iso(repository.createdAt),
    updatedAt: iso(repository.createdAt),
    owner: () => ({ ...viewUser(links, repository.owner), __typename: repository.owner.type }),
    defaultBranchRef: () => refNamed(`refs/heads/${repository.defaultBranch}`),
    ref: ({ qualifiedName }: RepositoryRefArgs) => refNamed(qualifiedName),
    refs: (args: RepositoryRefsArgs) => {
      const listed = repository.git.refs(args.refPrefix).map(([name, oid], at) => ({ name, oid, at }));
      return connect(
        "refs",
        args,
        listed,
        ({ at }) => [at, 0],
        ({ name, oid }) => git.ref(name, oid),
      );
    },
    object: ({ expression, oid }: RepositoryObjectArgs) => {
      demand(actor, repository, READ_CONTENTS);
      return expression ? git.expression(expression) : git.object(oid ?? undefined);
    },
    issue: ({ number }: RepositoryIssueArgs) =>
      viewIssue(viewer, findIssue(viewer, repository, number), other),
    issues: (args: RepositoryIssuesArgs) =>
      connect("issues", args, chooseIssues(viewer, repository, args), keyFor(args), (issue) =>
        viewIssue(viewer, issue, other),
      ),
  };
  return itself;
}

/** A repository that something else named, if the viewer may see it. */
function viewKnown(viewer: Viewer, { id }: Repository): object | null {
  const found = viewer.forge.repositoryById(id);
  return found !== undefined && may(viewer.actor, found, READ_METADATA)
    ? viewRepository(viewer, found)
    : null;
}

function findIssue({ actor }: Viewer, repository: HostedRepository, number: number): Issue {
  const none = notFound(`Could not resolve to an Issue with the number of ${number}.`);
  try {
    const issue = repository.issues.get(actor, number);
    if (issue.pull === null) return issue;
  } catch (error) {
    if (!(error instanceof Refusal) || ![404, 410].includes(error.status)) throw error;
  }
  throw none;
}

function chooseIssues(
  { actor }: Viewer,
  repository: HostedRepository,
  args: RepositoryIssuesArgs,
): readonly Issue[] {
  const filter = args.filterBy ?? {};
  const states: readonly string[] | undefined = args.states ?? filter.states ?? undefined;
  const labels: readonly string[] = args.labels ?? filter.labels ?? [];
  const since: string | undefined = filter.since ?? undefined;
  const from = since === undefined ? undefined : iso(new Date(since));
  return repository.issues
    .list(actor)
    .filter(
      (issue) =>
        issue.pull === null &&
        (states === undefined || states.includes(issue.state.toUpperCase())) &&
        (from === undefined || iso(issue.updatedAt) >= from) &&
        (labels.length === 0 || issue.labels.some(({ name }) => labels.includes(name))) &&
        (!filter.createdBy || issue.author.login === filter.createdBy),
    );
}

function keyFor({ orderBy }: RepositoryIssuesArgs): (issue: Issue) => Key {
  const sign = orderBy?.direction === "DESC" ? -1 : 1;
  switch (orderBy?.field) {
    case "UPDATED_AT":
      return ({ updatedAt, number }) => [sign * updatedAt.getTime(), sign * number];
    case "COMMENTS":
      return ({ comments, number }) => [sign * comments.length, sign * number];
    default:
      return ({ number }) => [sign * number, 0];
  }
}
