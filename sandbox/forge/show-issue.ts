import type { components } from "@octokit/openapi-types";
import type { Account } from "./accounts.ts";
import { iso, nodeId } from "./ids.ts";
import type { Comment, Issue, Label } from "./issue.ts";
import type { Links } from "./links.ts";
import type { Repository } from "./repository.ts";
import { atLeast } from "./roles.ts";
import { showAccount, showApp } from "./show-account.ts";

type Schemas = components["schemas"];

export function showIssue(links: Links, issue: Issue): Schemas["issue"] {
  const { repository, number } = issue;
  const api = links.repo(repository, `issues/${number}`);
  return {
    id: issue.id,
    node_id: nodeId(issue.pull === null ? "I" : "PR", issue.id),
    url: api,
    repository_url: links.repo(repository),
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    timeline_url: `${api}/timeline`,
    html_url: issuePage(links, issue),
    number,
    title: issue.title,
    body: issue.text.body === "" ? null : issue.text.body,
    user: showAccount(links, issue.author),
    labels: issue.labels.map((label) => showLabel(links, repository, label)),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: issue.comments.length,
    created_at: iso(issue.createdAt),
    updated_at: iso(issue.updatedAt),
    closed_at: issue.closedAt && iso(issue.closedAt),
    closed_by: issue.closedBy && showAccount(links, issue.closedBy),
    author_association: association(repository, issue.author),
    performed_via_github_app: issue.via && showApp(links, issue.via),
    reactions: noReactions(api),
    ...(issue.pull === null ? {} : { draft: false, pull_request: showPullLinks(links, issue) }),
  };
}

export function showComment(links: Links, comment: Comment): Schemas["issue-comment"] {
  const { issue } = comment;
  const api = links.repo(issue.repository, `issues/comments/${comment.id}`);
  return {
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    url: api,
    html_url: `${issuePage(links, issue)}#issuecomment-${comment.id}`,
    issue_url: links.repo(issue.repository, `issues/${issue.number}`),
    user: showAccount(links, comment.author),
    body: comment.text.body,
    created_at: iso(comment.createdAt),
    updated_at: iso(comment.updatedAt),
    author_association: association(issue.repository, comment.author),
    performed_via_github_app: comment.via && showApp(links, comment.via),
    reactions: noReactions(api),
  };
}

export function showLabel(links: Links, repository: Repository, label: Label): Schemas["label"] {
  return {
    id: label.id,
    node_id: nodeId("LA", label.id),
    url: links.repo(repository, `labels/${encodeURIComponent(label.name)}`),
    name: label.name,
    description: label.description,
    color: label.color,
    default: false,
  };
}

export const issuePage = (links: Links, { repository, number, pull }: Issue): string =>
  links.page(repository, `${pull === null ? "issues" : "pull"}/${number}`);

/** For display only: real GitHub computes it lazily, and wrongly for private members. */
export function association(repository: Repository, account: Account): Schemas["author-association"] {
  if (account === repository.owner) return "OWNER";
  if (account.type === "Bot") return "NONE";
  return atLeast(repository.roleOf(account), "triage") ? "COLLABORATOR" : "NONE";
}

function showPullLinks(links: Links, issue: Issue): NonNullable<Schemas["issue"]["pull_request"]> {
  const page = issuePage(links, issue);
  return {
    url: links.repo(issue.repository, `pulls/${issue.number}`),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    merged_at: null,
  };
}

const noReactions = (api: string): Schemas["reaction-rollup"] => ({
  url: `${api}/reactions`,
  total_count: 0,
  "+1": 0,
  "-1": 0,
  laugh: 0,
  hooray: 0,
  confused: 0,
  heart: 0,
  rocket: 0,
  eyes: 0,
});
