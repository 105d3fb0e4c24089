import type { components } from "@octokit/openapi-types";
import { Hono } from "hono";
import * as z from "zod";
import type { Oid } from "./git-objects.ts";
import { answer, type Env, pathParam, readBody, repositoryOf, type Skin } from "./http.ts";
import { nodeId } from "./ids.ts";
import { paginate } from "./paging.ts";
import { demand, READ_CONTENTS } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import { showCommit } from "./show-git.ts";

const NEW_REF = z.object({ ref: z.string(), sha: z.string() });
const MOVED_REF = z.object({ sha: z.string(), force: z.boolean().default(false) });

/** Branches and other refs, below a repository. */
export function refRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  const show = (repository: Repository, ref: string, sha: Oid): components["schemas"]["git-ref"] => ({
    ref,
    node_id: nodeId("REF", `${repository.id}:${ref}`),
    url: links.repo(repository, `git/${ref}`),
    object: { type: "commit", sha, url: links.repo(repository, `git/commits/${sha}`) },
  });
  routes.get("/branches", (c) => {
    const repository = repositoryOf(c, forge);
    demand(c.var.actor, repository, READ_CONTENTS);
    const listed = paginate(c, repository.git.refs("refs/heads/")).map(([ref, sha]) => ({
      name: ref.slice("refs/heads/".length),
      commit: { sha, url: links.repo(repository, `commits/${sha}`) },
      protected: false,
    }));
    return answer(c, listed);
  });
  routes.get("/branches/:branch{.+}", (c) => {
    const repository = repositoryOf(c, forge);
    const name = pathParam(c, "branch");
    const head = repository.branches.head(c.var.actor, name);
    const self = links.repo(repository, `branches/${name}`);
    const shown: components["schemas"]["branch-with-protection"] = {
      name,
      commit: showCommit(links, repository, forge.accounts, head),
      _links: { self, html: links.page(repository, `tree/${name}`) },
      protected: false,
      protection: { enabled: false },
      protection_url: `${self}/protection`,
    };
    return answer(c, shown);
  });
  routes.get("/git/ref/:ref{.+}", (c) => {
    const repository = repositoryOf(c, forge);
    demand(c.var.actor, repository, READ_CONTENTS);
    const ref = `refs/${pathParam(c, "ref")}`;
    const oid = repository.git.ref(ref);
    if (oid === undefined) throw notFound();
    return answer(c, show(repository, ref, oid));
  });
  routes.get("/git/matching-refs/:ref{.*}", (c) => {
    const repository = repositoryOf(c, forge);
    demand(c.var.actor, repository, READ_CONTENTS);
    const found = repository.git.refs(`refs/${pathParam(c, "ref")}`);
    return answer(
      c,
      found.map(([ref, oid]) => show(repository, ref, oid)),
    );
  });
  routes.post("/git/refs", async (c) => {
    const repository = repositoryOf(c, forge);
    const { ref, sha } = await readBody(c, NEW_REF);
    repository.branches.create(c.var.actor, ref, sha);
    return answer(c, show(repository, ref, sha), 201);
  });
  routes.patch("/git/refs/:ref{.+}", async (c) => {
    const repository = repositoryOf(c, forge);
    const { sha, force } = await readBody(c, MOVED_REF);
    const ref = `refs/${pathParam(c, "ref")}`;
    repository.branches.move(c.var.actor, ref, sha, force);
    return answer(c, show(repository, ref, sha));
  });
  routes.delete("/git/refs/:ref{.+}", (c) => {
    const repository = repositoryOf(c, forge);
    const ref = `refs/${pathParam(c, "ref")}`;
    if (ref === `refs/heads/${repository.defaultBranch}`) {
      throw new Refusal(422, "Cannot delete the default branch");
    }
    repository.branches.delete(c.var.actor, ref);
    return c.body(null, 204);
  });
  return routes;
}
