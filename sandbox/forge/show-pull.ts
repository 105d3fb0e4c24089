import type { components } from "@octokit/openapi-types";
import { diverge } from "./git-history.ts";
import type { Oid } from "./git-objects.ts";
import { changedPaths } from "./git-tree.ts";
import { iso, nodeId } from "./ids.ts";
import type { Issue, PullRequest } from "./issue.ts";
import type { Links } from "./links.ts";
import { notFound } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import { showAccount } from "./show-account.ts";
import { association, issuePage, showLabel } from "./show-issue.ts";
import { showRepository } from "./show-repository.ts";

type Shown = components["schemas"]["pull-request"];

/** Only an issue that is a pull request can be shown as one. */
export function showPull(links: Links, issue: Issue): Shown {
  const { repository, number, pull } = issue;
  if (pull === null) throw notFound();
  const api = links.repo(repository, `pulls/${number}`);
  const asIssue = links.repo(repository, `issues/${number}`);
  const page = issuePage(links, issue);
  const urls = {
    commits: `${api}/commits`,
    review_comments: `${api}/comments`,
    review_comment: links.repo(repository, "pulls/comments{/number}"),
    comments: `${asIssue}/comments`,
    statuses: links.repo(repository, `statuses/${pull.headOid}`),
  };
  const baseOid = repository.git.ref(`refs/heads/${pull.base.ref}`) ?? "";
  const count = counts(repository, baseOid, pull);
  return {
    id: pull.id,
    node_id: nodeId("PR", pull.id),
    url: api,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: asIssue,
    commits_url: urls.commits,
    review_comments_url: urls.review_comments,
    review_comment_url: urls.review_comment,
    comments_url: urls.comments,
    statuses_url: urls.statuses,
    number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: showAccount(links, issue.author),
    body: issue.text.body === "" ? null : issue.text.body,
    labels: issue.labels.map((label) => showLabel(links, repository, label)),
    milestone: null,
    created_at: iso(issue.createdAt),
    updated_at: iso(issue.updatedAt),
    closed_at: issue.closedAt && iso(issue.closedAt),
    merged_at: pull.merged && iso(pull.merged.at),
    merge_commit_sha: pull.merged?.commit ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    rebaseable: null,
    active_lock_reason: null,
    head: side(links, pull.head.repository, pull.head.ref, pull.headOid),
    base: side(links, repository, pull.base.ref, baseOid),
    _links: {
      self: { href: api },
      html: { href: page },
      issue: { href: asIssue },
      comments: { href: urls.comments },
      commits: { href: urls.commits },
      statuses: { href: urls.statuses },
      review_comments: { href: urls.review_comments },
      review_comment: { href: urls.review_comment },
    },
    author_association: association(repository, issue.author),
    auto_merge: null,
    draft: false,
    merged: pull.merged !== null,
    mergeable: pull.merged === null ? true : null,
    mergeable_state: "clean",
    merged_by: pull.merged && showAccount(links, pull.merged.by),
    comments: issue.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    additions: 0,
    deletions: 0,
    ...count,
  };
}

function side(links: Links, repository: Repository, ref: string, sha: Oid): Shown["head"] {
  return {
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: showAccount(links, repository.owner),
    repo: showRepository(links, repository),
  };
}

function counts(
  { git }: Repository,
  baseOid: Oid,
  pull: PullRequest,
): Pick<Shown, "commits" | "changed_files"> {
  const [base, head] = [git.findCommit(baseOid), git.findCommit(pull.headOid)];
  const found = base && head && diverge(git, base, head);
  if (found === undefined || head === undefined) return { commits: 0, changed_files: 0 };
  const changed_files = changedPaths(git, found.mergeBase.tree, head.tree).length;
  return { commits: found.ahead.length, changed_files };
}
