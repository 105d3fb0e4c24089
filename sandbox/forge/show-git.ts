import { basename } from "node:path/posix";
import type { components } from "@octokit/openapi-types";
import type { Accounts } from "./accounts.ts";
import type { Commit, Oid, Signature, TreeEntry } from "./git-objects.ts";
import { changedPaths, type PathChange } from "./git-tree.ts";
import { iso, nodeId } from "./ids.ts";
import type { Links } from "./links.ts";
import type { Repository } from "./repository.ts";
import { showAccount } from "./show-account.ts";

type Schemas = components["schemas"];
export const MOST_FILES = 300;

const showSignature = ({ name, email, at }: Signature) => ({ name, email, date: iso(at) });

const UNSIGNED = {
  verified: false,
  reason: "unsigned",
  signature: null,
  payload: null,
  verified_at: null,
};

export function showGitCommit(links: Links, repository: Repository, commit: Commit): Schemas["git-commit"] {
  return {
    sha: commit.oid,
    node_id: nodeId("C", commit.oid),
    url: links.repo(repository, `git/commits/${commit.oid}`),
    html_url: links.page(repository, `commit/${commit.oid}`),
    author: showSignature(commit.author),
    committer: showSignature(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: links.repo(repository, `git/trees/${commit.tree}`) },
    parents: commit.parents.map((sha) => ({
      sha,
      url: links.repo(repository, `git/commits/${sha}`),
      html_url: links.page(repository, `commit/${sha}`),
    })),
    verification: UNSIGNED,
  };
}

export function showCommit(
  links: Links,
  repository: Repository,
  accounts: Accounts,
  commit: Commit,
): Schemas["commit"] {
  const url = links.repo(repository, `commits/${commit.oid}`);
  const account = (signature: Signature) => {
    const [, id] = /^(\d+)\+/.exec(signature.email) ?? [];
    const found = id === undefined ? undefined : accounts.byId(Number(id));
    return found === undefined ? null : showAccount(links, found);
  };
  return {
    sha: commit.oid,
    node_id: nodeId("C", commit.oid),
    url,
    html_url: links.page(repository, `commit/${commit.oid}`),
    comments_url: `${url}/comments`,
    commit: {
      url: links.repo(repository, `git/commits/${commit.oid}`),
      author: showSignature(commit.author),
      committer: showSignature(commit.committer),
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: links.repo(repository, `git/trees/${commit.tree}`) },
      verification: UNSIGNED,
    },
    author: account(commit.author),
    committer: account(commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: links.repo(repository, `commits/${sha}`),
      html_url: links.page(repository, `commit/${sha}`),
    })),
  };
}

/** The files that differ between two trees, and how many more there are than GitHub tells of. */
export function showChanges(
  links: Links,
  repository: Repository,
  before: Oid | undefined,
  head: Commit,
): Schemas["diff-entry"][] {
  const changes = changedPaths(repository.git, before, head.tree).slice(0, MOST_FILES);
  return changes.map((change) => showChange(links, repository, head.oid, change));
}

function showChange(
  links: Links,
  repository: Repository,
  at: Oid,
  change: PathChange,
): Schemas["diff-entry"] {
  const lines = (oid: Oid | undefined) =>
    oid === undefined ? [] : (repository.git.findBlob(oid)?.bytes.toString().split("\n") ?? []);
  const [old, fresh] = [lines(change.before), lines(change.after)];
  const [additions, deletions] =
    change.status === "renamed" ? [0, 0] : [without(fresh, old), without(old, fresh)];
  return {
    sha: change.after ?? change.before ?? null,
    filename: change.path,
    status: change.status,
    additions,
    deletions,
    changes: additions + deletions,
    blob_url: links.page(repository, `blob/${at}/${encodeURI(change.path)}`),
    raw_url: links.page(repository, `raw/${at}/${encodeURI(change.path)}`),
    contents_url: links.repo(repository, `contents/${encodeURI(change.path)}?ref=${at}`),
    ...(change.previousPath === undefined ? {} : { previous_filename: change.previousPath }),
  };
}

/** How many lines of `lines` the others don't have: near enough to a diff's count. */
function without(lines: readonly string[], others: readonly string[]): number {
  const held = new Set(others);
  return lines.filter((line) => line !== "" && !held.has(line)).length;
}

/** What files and directories show alike in the contents API. */
export function showEntry(
  links: Links,
  repository: Repository,
  ref: string,
  path: string,
  entry: TreeEntry,
): Schemas["content-directory"][number] {
  const isTree = entry.mode === "040000";
  const url = links.repo(repository, `contents/${encodeURI(path)}?ref=${encodeURIComponent(ref)}`);
  const git = links.repo(repository, `git/${isTree ? "trees" : "blobs"}/${entry.oid}`);
  const html = links.page(repository, `${isTree ? "tree" : "blob"}/${ref}/${encodeURI(path)}`);
  return {
    name: basename(path),
    path,
    sha: entry.oid,
    size: isTree ? 0 : repository.git.blobOf(entry.oid).bytes.length,
    url,
    html_url: html,
    git_url: git,
    download_url: isTree ? null : links.page(repository, `raw/${ref}/${encodeURI(path)}`),
    type: isTree ? "dir" : "file",
    _links: { self: url, git, html },
  };
}
