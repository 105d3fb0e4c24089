import type { components } from "@octokit/openapi-types";
import { Hono } from "hono";
import * as z from "zod";
import type { CheckRun } from "./checks.ts";
import { answer, type Env, numberParam, readBody, repositoryOf, type Skin } from "./http.ts";
import { iso, nodeId } from "./ids.ts";
import type { Links } from "./links.ts";
import { paginate } from "./paging.ts";
import type { Repository } from "./repository.ts";
import { commitAt } from "./rest-contents.ts";
import { showApp } from "./show-account.ts";

const ANNOTATION = z.object({
  path: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  annotation_level: z.enum(["notice", "warning", "failure"]),
  message: z.string(),
  title: z.string().optional(),
  start_column: z.int().optional(),
  end_column: z.int().optional(),
});
const CHANGE = z.object({
  name: z.string().optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: z
    .enum(["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"])
    .optional(),
  external_id: z.string().optional(),
  details_url: z.string().optional(),
  output: z
    .object({
      title: z.string(),
      summary: z.string(),
      text: z.string().optional(),
      annotations: z.array(ANNOTATION).optional(),
    })
    .optional(),
});
const NEW_RUN = CHANGE.extend({ name: z.string(), head_sha: z.string() });

/** Check runs, below a repository. */
export function checkRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post("/check-runs", async (c) => {
    const repository = repositoryOf(c, forge);
    const { name, head_sha, ...change } = await readBody(c, NEW_RUN);
    const run = repository.checks.create(c.var.actor, name, head_sha, change);
    return answer(c, showRun(links, repository, run), 201);
  });
  routes.get("/check-runs/:run", (c) => {
    const repository = repositoryOf(c, forge);
    return answer(c, showRun(links, repository, repository.checks.get(c.var.actor, numberParam(c, "run"))));
  });
  routes.patch("/check-runs/:run", async (c) => {
    const repository = repositoryOf(c, forge);
    const change = await readBody(c, CHANGE);
    const run = repository.checks.update(c.var.actor, numberParam(c, "run"), change);
    return answer(c, showRun(links, repository, run));
  });
  routes.get("/check-runs/:run/annotations", (c) => {
    const { checks } = repositoryOf(c, forge);
    return answer(c, paginate(c, checks.get(c.var.actor, numberParam(c, "run")).annotations));
  });
  routes.get("/commits/:ref/check-runs", (c) => {
    const repository = repositoryOf(c, forge);
    const { oid } = commitAt(c, repository, c.req.param("ref"));
    const name = c.req.query("check_name");
    const runs = repository.checks
      .of(c.var.actor, oid)
      .filter((run) => name === undefined || run.name === name);
    const shown = paginate(c, runs).map((run) => showRun(links, repository, run));
    return answer(c, { total_count: runs.length, check_runs: shown });
  });
  return routes;
}

function showRun(links: Links, repository: Repository, run: CheckRun): components["schemas"]["check-run"] {
  const url = links.repo(repository, `check-runs/${run.id}`);
  return {
    id: run.id,
    node_id: nodeId("CR", run.id),
    head_sha: run.headSha,
    name: run.name,
    external_id: run.externalId,
    url,
    html_url: links.page(repository, `runs/${run.id}`),
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: iso(run.startedAt),
    completed_at: run.completedAt && iso(run.completedAt),
    output: {
      title: run.output?.title ?? null,
      summary: run.output?.summary ?? null,
      text: run.output?.text ?? null,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.id },
    app: showApp(links, run.app),
    pull_requests: [],
  };
}
