import { Hono } from "hono";
import * as z from "zod";
import { diverge } from "./git-history.ts";
import { answer, type Env, numberParam, readBody, repositoryOf, type Skin } from "./http.ts";
import { paginate } from "./paging.ts";
import { invalid, notFound } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import { showChanges } from "./show-git.ts";
import { showPull } from "./show-pull.ts";

const NEW_PULL = z.object({
  title: z.string(),
  body: z.string().nullish(),
  /** `branch`, or `owner:branch` of a fork. */
  head: z.string(),
  base: z.string(),
});
const CHANGED_PULL = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]).optional(),
});

/** Pull requests, below a repository. */
export function pullRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  const sourceOf = (repository: Repository, head: string): { repository: Repository; ref: string } => {
    const [first = "", ref] = head.split(":");
    if (ref === undefined) return { repository, ref: first };
    const fork = forge.findRepository(first, repository.name);
    if (fork === undefined) throw invalid("PullRequest", "head", "invalid");
    return { repository: fork, ref };
  };
  routes.get("/pulls", (c) => {
    const { state = "open" } = c.req.query();
    const listed = repositoryOf(c, forge)
      .pulls.list(c.var.actor)
      .filter((pull) => state === "all" || pull.state === state)
      .toReversed();
    return answer(
      c,
      paginate(c, listed).map((pull) => showPull(links, pull)),
    );
  });
  routes.post("/pulls", async (c) => {
    const repository = repositoryOf(c, forge);
    const { title, body, head, base } = await readBody(c, NEW_PULL);
    const fresh = { title, base, head: sourceOf(repository, head), body: body ?? "" };
    return answer(c, showPull(links, repository.pulls.open(c.var.actor, fresh)), 201);
  });
  routes.get("/pulls/:number{[0-9]+}", (c) =>
    answer(c, showPull(links, repositoryOf(c, forge).pulls.get(c.var.actor, numberParam(c, "number")))),
  );
  routes.get("/pulls/:number{[0-9]+}/files", (c) => {
    const repository = repositoryOf(c, forge);
    const { git, pulls } = repository;
    const { pull } = pulls.get(c.var.actor, numberParam(c, "number"));
    const base = pull && git.resolve(`refs/heads/${pull.base.ref}`);
    const head = pull && git.findCommit(pull.headOid);
    if (!base || !head) throw notFound();
    const from = diverge(git, base, head)?.mergeBase.tree;
    return answer(c, paginate(c, showChanges(links, repository, from, head)));
  });
  routes.patch("/pulls/:number{[0-9]+}", async (c) => {
    const { issues, pulls } = repositoryOf(c, forge);
    const { number } = pulls.get(c.var.actor, numberParam(c, "number"));
    const { title, body, state } = await readBody(c, CHANGED_PULL);
    return answer(
      c,
      showPull(links, issues.change(c.var.actor, number, { title, body: body ?? undefined, state })),
    );
  });
  routes.get("/commits/:sha{[0-9a-f]{40}}/pulls", (c) => {
    const { git, pulls } = repositoryOf(c, forge);
    const sha = c.req.param("sha");
    const holding = pulls.list(c.var.actor).filter(({ pull }) => {
      const head = pull && git.findCommit(pull.headOid);
      const base = pull && git.resolve(`refs/heads/${pull.base.ref}`);
      return head && base && diverge(git, base, head)?.ahead.some(({ oid }) => oid === sha);
    });
    return answer(
      c,
      paginate(c, holding).map((pull) => showPull(links, pull)),
    );
  });
  routes.put("/pulls/:number{[0-9]+}/merge", (c) => {
    const merged = repositoryOf(c, forge).pulls.merge(c.var.actor, numberParam(c, "number"));
    const sha = merged.pull?.merged?.commit;
    return answer(c, { sha, merged: true, message: "Pull Request successfully merged" });
  });
  return routes;
}
