import type { Account } from "./accounts.ts";
import type { App } from "./apps.ts";
import type { ForgeEvent } from "./events.ts";
import { history, lineBetween } from "./git-history.ts";
import { type Commit, type Oid, type Signature, ZERO_OID } from "./git-objects.ts";
import type { GitStore } from "./git-store.ts";
import { changedPaths } from "./git-tree.ts";
import { iso, nodeId } from "./ids.ts";
import type { Links } from "./links.ts";
import type { Repository } from "./repository.ts";
import { showAccount } from "./show-account.ts";
import { showComment, showIssue, showLabel } from "./show-issue.ts";
import { showPull } from "./show-pull.ts";
import { showRepository } from "./show-repository.ts";

/** The most commits that a push tells of. */
const MOST_COMMITS = 2048;

export interface Payload {
  readonly [field: string]: unknown;
  readonly action?: string;
  readonly repository?: { readonly id: number | bigint };
  readonly installation?: { readonly id: number; readonly node_id: string };
}

/** The webhook's payload for one app. */
export function showEvent(links: Links, app: App, event: ForgeEvent): Payload {
  const { repository, sender } = event;
  return {
    ...about(links, event),
    repository: showRepository(links, repository),
    organization: showOrganization(links, repository.owner),
    sender: showAccount(links, sender),
    installation: { id: app.installationId, node_id: nodeId("IN", app.installationId) },
  };
}

function about(links: Links, event: ForgeEvent): object {
  switch (event.name) {
    case "issues":
      return { action: event.action, ...aboutIssue(links, event) };
    case "issue_comment":
      return {
        action: event.action,
        issue: showIssue(links, event.comment.issue),
        comment: showComment(links, event.comment),
        ...(event.changes === undefined ? {} : { changes: event.changes }),
      };
    case "pull_request":
      return { action: event.action, number: event.issue.number, ...aboutPull(links, event) };
    case "repository_dispatch": {
      const { action, repository, payload } = event;
      return { action, branch: repository.defaultBranch, client_payload: payload };
    }
    case "push":
      return aboutPush(links, event);
  }
}

function aboutIssue(links: Links, event: ForgeEvent & { name: "issues" }): object {
  const issue = showIssue(links, event.issue);
  switch (event.action) {
    case "edited":
      return { issue, changes: event.changes };
    case "labeled":
    case "unlabeled":
      return { issue, label: showLabel(links, event.repository, event.label) };
    case "transferred": {
      const { movedTo } = event;
      const repository = showRepository(links, movedTo.repository);
      return { issue, changes: { new_issue: showIssue(links, movedTo), new_repository: repository } };
    }
    default: {
      const { movedFrom } = event;
      if (movedFrom === undefined) return { issue };
      const repository = showRepository(links, movedFrom.repository);
      return { issue, changes: { old_issue: showIssue(links, movedFrom), old_repository: repository } };
    }
  }
}

function aboutPull(links: Links, event: ForgeEvent & { name: "pull_request" }): object {
  const pull_request = showPull(links, event.issue);
  switch (event.action) {
    case "edited":
      return { pull_request, changes: event.changes };
    case "labeled":
    case "unlabeled":
      return { pull_request, label: showLabel(links, event.repository, event.label) };
    case "synchronize":
      return { pull_request, before: event.before, after: event.after };
    default:
      return { pull_request };
  }
}

function aboutPush(links: Links, event: ForgeEvent & { name: "push" }): object {
  const { repository, ref, before, after, sender } = event;
  const commits = commitsBetween(links, repository, before, after);
  return {
    ref,
    before,
    after,
    base_ref: null,
    created: before === ZERO_OID,
    deleted: after === ZERO_OID,
    forced: event.forced,
    compare: links.page(repository, `compare/${before.slice(0, 12)}...${after.slice(0, 12)}`),
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: sender.login, email: `${sender.id}+${sender.login}@users.noreply.github.com` },
  };
}

/** The oldest first. */
function commitsBetween(links: Links, repository: Repository, before: Oid, after: Oid): object[] {
  const { git } = repository;
  const head = git.findCommit(after);
  if (head === undefined) return [];
  const fresh = lineBetween(git, before, head) ?? unknownTo(git, before, head);
  return fresh
    .slice(0, MOST_COMMITS)
    .reverse()
    .map((commit) => showPushed(links, repository, commit));
}

function unknownTo(git: GitStore, before: Oid, head: Commit): Commit[] {
  const old = git.findCommit(before);
  const known = new Set(old === undefined ? [] : [...history(git, old)].map(({ oid }) => oid));
  return [...history(git, head)].filter(({ oid }) => !known.has(oid));
}

function showPushed(links: Links, repository: Repository, commit: Commit): object {
  const { git } = repository;
  const [parent] = commit.parents;
  const changes = changedPaths(git, parent && git.commitOf(parent).tree, commit.tree);
  const paths = (status: string) => changes.filter((one) => one.status === status).map(({ path }) => path);
  const person = ({ name, email }: Signature) => ({ name, email, username: name });
  return {
    id: commit.oid,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: iso(commit.committer.at),
    url: links.page(repository, `commit/${commit.oid}`),
    author: person(commit.author),
    committer: person(commit.committer),
    added: [...paths("added"), ...paths("renamed")],
    removed: [...paths("removed"), ...changes.flatMap(({ previousPath }) => previousPath ?? [])],
    modified: paths("modified"),
  };
}

function showOrganization(links: Links, { id, login }: Account): object {
  const url = links.api(`orgs/${login}`);
  return {
    login,
    id,
    node_id: nodeId("O", id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: links.api(`avatars/u/${id}`),
    description: "",
  };
}
