import { Hono } from "hono";
import * as z from "zod";
import { answer, type Env, numberParam, readBody, repositoryOf, type Skin } from "./http.ts";
import { iso } from "./ids.ts";
import type { Comment } from "./issue.ts";
import { paginate } from "./paging.ts";
import { showComment } from "./show-issue.ts";

const BODY = z.object({ body: z.string() });

/** Comments on issues, below a repository. */
export function commentRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/issues/comments", (c) => {
    const { sort = "created", direction = "asc" } = c.req.query();
    const found = since(repositoryOf(c, forge).comments.all(c.var.actor), c.req.query("since"));
    const key = (one: Comment): number => (sort === "updated" ? one.updatedAt : one.createdAt).getTime();
    const sign = direction === "desc" ? -1 : 1;
    const sorted = found.toSorted((a, b) => sign * (key(a) - key(b) || a.id - b.id));
    return answer(
      c,
      paginate(c, sorted).map((comment) => showComment(links, comment)),
    );
  });
  routes.get("/issues/comments/:comment{[0-9]+}", (c) =>
    answer(
      c,
      showComment(links, repositoryOf(c, forge).comments.get(c.var.actor, numberParam(c, "comment"))),
    ),
  );
  routes.patch("/issues/comments/:comment{[0-9]+}", async (c) => {
    const { comments } = repositoryOf(c, forge);
    const { body } = await readBody(c, BODY);
    return answer(c, showComment(links, comments.edit(c.var.actor, numberParam(c, "comment"), body)));
  });
  routes.delete("/issues/comments/:comment{[0-9]+}", (c) => {
    repositoryOf(c, forge).comments.delete(c.var.actor, numberParam(c, "comment"));
    return c.body(null, 204);
  });
  routes.get("/issues/:number{[0-9]+}/comments", (c) => {
    const listed = repositoryOf(c, forge).comments.list(c.var.actor, numberParam(c, "number"));
    return answer(
      c,
      paginate(c, since(listed, c.req.query("since"))).map((comment) => showComment(links, comment)),
    );
  });
  routes.post("/issues/:number{[0-9]+}/comments", async (c) => {
    const { comments } = repositoryOf(c, forge);
    const { body } = await readBody(c, BODY);
    const comment = comments.create(c.var.actor, numberParam(c, "number"), body);
    c.header("location", links.repo(comment.issue.repository, `issues/comments/${comment.id}`));
    return answer(c, showComment(links, comment), 201);
  });
  return routes;
}

const since = (comments: readonly Comment[], from: string | undefined): readonly Comment[] =>
  from === undefined ? comments : comments.filter(({ updatedAt }) => iso(updatedAt) >= iso(new Date(from)));
