import type { components } from "@octokit/openapi-types";
import { Hono } from "hono";
import { diverge, history, historyOf } from "./git-history.ts";
import type { Commit } from "./git-objects.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { answer, type Env, pathParam, type Request, repositoryOf, type Skin } from "./http.ts";
import { iso } from "./ids.ts";
import { paginate } from "./paging.ts";
import { notFound, Refusal } from "./refusal.ts";
import { commitAt } from "./rest-contents.ts";
import { showChanges, showCommit } from "./show-git.ts";

/** As many commits as a comparison lists on one page. */
const MOST_COMMITS = 250;

/** Commits and what they changed, below a repository. */
export function historyRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/commits", (c) => {
    const repository = repositoryOf(c, forge);
    const { sha, path, since, until } = c.req.query();
    const start = commitAt(c, repository, sha ?? repository.defaultBranch);
    const walked = path ? historyOf(repository.git, start, path) : history(repository.git, start);
    const within = [...walked].filter(
      ({ committer }) =>
        (since === undefined || iso(committer.at) >= iso(new Date(since))) &&
        (until === undefined || iso(committer.at) <= iso(new Date(until))),
    );
    return answer(
      c,
      paginate(c, within).map((commit) => showCommit(links, repository, forge.accounts, commit)),
    );
  });
  routes.get("/commits/:ref{.+}", (c) => {
    const repository = repositoryOf(c, forge);
    const ref = pathParam(c, "ref");
    const commit = repository.branches.resolve(c.var.actor, ref);
    if (commit === undefined) throw new Refusal(422, `No commit found for SHA: ${ref}`);
    if (/[.+]sha\b/.test(c.req.header("accept") ?? "")) return c.text(commit.oid);
    const [parent] = commit.parents;
    const before = parent === undefined ? undefined : repository.git.commitOf(parent).tree;
    const files = showChanges(links, repository, before, commit);
    const [additions, deletions] = [sum(files, "additions"), sum(files, "deletions")];
    const shown: components["schemas"]["commit"] = {
      ...showCommit(links, repository, forge.accounts, commit),
      stats: { additions, deletions, total: additions + deletions },
      files,
    };
    return answer(c, shown);
  });
  routes.get("/compare/:basehead{.+}", (c) => {
    const repository = repositoryOf(c, forge);
    const [base, head, more] = pathParam(c, "basehead").split("...");
    if (base === undefined || head === undefined || more !== undefined) throw notFound();
    return answer(c, compare(c, repository, commitAt(c, repository, base), commitAt(c, repository, head)));
  });
  return routes;

  function compare(
    c: Request,
    repository: HostedRepository,
    base: Commit,
    head: Commit,
  ): components["schemas"]["commit-comparison"] {
    const found = diverge(repository.git, base, head);
    if (found === undefined) {
      throw notFound(`No common ancestor between ${base.oid} and ${head.oid}.`);
    }
    const { ahead, behind, mergeBase } = found;
    const page = links.page(repository, `compare/${base.oid}...${head.oid}`);
    const show = (commit: Commit) => showCommit(links, repository, forge.accounts, commit);
    const paged = c.req.query("page") !== undefined || c.req.query("per_page") !== undefined;
    const commits = paged ? paginate(c, ahead, MOST_COMMITS) : ahead.slice(0, MOST_COMMITS);
    return {
      url: links.repo(repository, `compare/${base.oid}...${head.oid}`),
      html_url: page,
      permalink_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      base_commit: show(base),
      merge_base_commit: show(mergeBase),
      status: statusOf(ahead.length, behind),
      ahead_by: ahead.length,
      behind_by: behind,
      total_commits: ahead.length,
      commits: commits.map(show),
      // Files come with the first page alone.
      files: Number(c.req.query("page") ?? 1) > 1 ? [] : showChanges(links, repository, mergeBase.tree, head),
    };
  }
}

function statusOf(ahead: number, behind: number): "diverged" | "ahead" | "behind" | "identical" {
  if (ahead > 0 && behind > 0) return "diverged";
  if (ahead > 0) return "ahead";
  return behind > 0 ? "behind" : "identical";
}

const sum = (files: readonly components["schemas"]["diff-entry"][], of: "additions" | "deletions"): number =>
  files.reduce((total, file) => total + file[of], 0);
