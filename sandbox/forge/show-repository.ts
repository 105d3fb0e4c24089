import type { components } from "@octokit/openapi-types";
import type { Account } from "./accounts.ts";
import { iso, nodeId } from "./ids.ts";
import type { Links } from "./links.ts";
import type { Repository } from "./repository.ts";
import { atLeast } from "./roles.ts";
import { showAccount } from "./show-account.ts";

/** Where each of a repository's parts is: the key's `_url`, below the repository's own. */
const PARTS = {
  archive: "{archive_format}{/ref}",
  assignees: "assignees{/user}",
  blobs: "git/blobs{/sha}",
  branches: "branches{/branch}",
  collaborators: "collaborators{/collaborator}",
  comments: "comments{/number}",
  commits: "commits{/sha}",
  compare: "compare/{base}...{head}",
  contents: "contents/{+path}",
  contributors: "contributors",
  deployments: "deployments",
  downloads: "downloads",
  events: "events",
  forks: "forks",
  git_commits: "git/commits{/sha}",
  git_refs: "git/refs{/sha}",
  git_tags: "git/tags{/sha}",
  issue_comment: "issues/comments{/number}",
  issue_events: "issues/events{/number}",
  issues: "issues{/number}",
  keys: "keys{/key_id}",
  labels: "labels{/name}",
  languages: "languages",
  merges: "merges",
  milestones: "milestones{/number}",
  notifications: "notifications{?since,all,participating}",
  pulls: "pulls{/number}",
  releases: "releases{/id}",
  stargazers: "stargazers",
  statuses: "statuses/{sha}",
  subscribers: "subscribers",
  subscription: "subscription",
  tags: "tags",
  teams: "teams",
  trees: "git/trees{/sha}",
  hooks: "hooks",
} as const;

type PartUrls = { [Part in keyof typeof PARTS as `${Part}_url`]: string };

/** With the asker's permissions where somebody asks. */
export function showRepository(links: Links, repository: Repository, asker?: Account) {
  const page = links.page(repository);
  const role = asker === undefined ? undefined : repository.roleOf(asker);
  const permissions = role && {
    admin: role === "admin",
    maintain: atLeast(role, "maintain"),
    push: atLeast(role, "write"),
    triage: atLeast(role, "triage"),
    pull: atLeast(role, "read"),
  };
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    owner: showAccount(links, repository.owner),
    private: repository.isPrivate,
    visibility: repository.isPrivate ? "private" : "public",
    html_url: page,
    description: null,
    fork: false,
    url: links.repo(repository),
    ...partUrls(links.repo(repository)),
    git_url: `${page}.git`,
    ssh_url: `${page}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: 0,
    topics: [],
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    default_branch: repository.defaultBranch,
    open_issues_count: 0,
    has_issues: true,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    has_pull_requests: true,
    archived: false,
    disabled: false,
    pushed_at: iso(repository.createdAt),
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.createdAt),
    ...(permissions === undefined ? {} : { permissions }),
    subscribers_count: 0,
    network_count: 0,
    license: null,
    forks: 0,
    open_issues: 0,
    watchers: 0,
  } satisfies components["schemas"]["full-repository"];
}

function partUrls(base: string): PartUrls {
  const pairs = Object.entries(PARTS).map(([part, path]) => [`${part}_url`, `${base}/${path}`]);
  return Object.fromEntries(pairs);
}
