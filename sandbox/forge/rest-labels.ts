import { Hono } from "hono";
import * as z from "zod";
import { answer, type Env, numberParam, type Request, readBody, repositoryOf, type Skin } from "./http.ts";
import type { Label } from "./issue.ts";
import { paginate } from "./paging.ts";
import type { Repository } from "./repository.ts";
import { showLabel } from "./show-issue.ts";

const NAMES = z.union([
  z.object({ labels: z.array(z.string()).default([]) }).transform(({ labels }) => labels),
  z.array(z.string()),
]);
const NEW_LABEL = z.object({
  name: z.string(),
  color: z.string().optional(),
  description: z.string().nullish(),
});
const CHANGED_LABEL = NEW_LABEL.omit({ name: true });

/** Labels, of a repository and of its issues. */
export function labelRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  const show = (c: Request, repository: Repository, labels: readonly Label[]) =>
    answer(
      c,
      labels.map((label) => showLabel(links, repository, label)),
    );
  routes.get("/labels", (c) => {
    const repository = repositoryOf(c, forge);
    return show(c, repository, paginate(c, repository.labels.list(c.var.actor)));
  });
  routes.post("/labels", async (c) => {
    const repository = repositoryOf(c, forge);
    const { name, color, description } = await readBody(c, NEW_LABEL);
    const label = repository.labels.create(c.var.actor, name, color?.replace(/^#/, ""), description ?? null);
    return answer(c, showLabel(links, repository, label), 201);
  });
  routes.get("/labels/:name", (c) => {
    const repository = repositoryOf(c, forge);
    return answer(c, showLabel(links, repository, repository.labels.get(c.var.actor, c.req.param("name"))));
  });
  routes.patch("/labels/:name", async (c) => {
    const repository = repositoryOf(c, forge);
    const { color, description } = await readBody(c, CHANGED_LABEL);
    const change = {
      ...(color && { color: color.replace(/^#/, "") }),
      ...(description !== undefined && { description }),
    };
    const label = repository.labels.change(c.var.actor, c.req.param("name"), change);
    return answer(c, showLabel(links, repository, label));
  });
  const ofIssue = "/issues/:number{[0-9]+}/labels";
  routes.get(ofIssue, (c) => {
    const repository = repositoryOf(c, forge);
    const issue = repository.issues.get(c.var.actor, numberParam(c, "number"));
    return show(c, repository, paginate(c, issue.labels));
  });
  routes.post(ofIssue, async (c) => {
    const repository = repositoryOf(c, forge);
    const issue = repository.issues.get(c.var.actor, numberParam(c, "number"));
    return show(c, repository, repository.labels.add(c.var.actor, issue, await readBody(c, NAMES)));
  });
  routes.put(ofIssue, async (c) => {
    const repository = repositoryOf(c, forge);
    const issue = repository.issues.get(c.var.actor, numberParam(c, "number"));
    return show(c, repository, repository.labels.set(c.var.actor, issue, await readBody(c, NAMES)));
  });
  routes.delete(ofIssue, (c) => {
    const repository = repositoryOf(c, forge);
    const issue = repository.issues.get(c.var.actor, numberParam(c, "number"));
    repository.labels.set(c.var.actor, issue, []);
    return c.body(null, 204);
  });
  routes.delete(`${ofIssue}/:name`, (c) => {
    const repository = repositoryOf(c, forge);
    const issue = repository.issues.get(c.var.actor, numberParam(c, "number"));
    return show(c, repository, repository.labels.remove(c.var.actor, issue, c.req.param("name")));
  });
  return routes;
}
