import { Hono } from "hono";
import * as z from "zod";
import { isOid } from "./git-objects.ts";
import { walk, withChanges } from "./git-tree.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { answer, type Env, pathParam, type Request, readBody, repositoryOf, type Skin } from "./http.ts";
import { nodeId } from "./ids.ts";
import { demand, READ_CONTENTS, WRITE_CONTENTS } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";
import { showGitCommit } from "./show-git.ts";

const MOST_ENTRIES = 100_000;

const mode = z.enum(["100644", "100755", "120000", "040000"]);
const ENTRY = z.object({
  path: z.string().min(1),
  mode: mode.default("100644"),
  type: z.enum(["blob", "tree", "commit"]).optional(),
  sha: z.string().nullish(),
  content: z.string().optional(),
});
const NEW_TREE = z.object({ base_tree: z.string().optional(), tree: z.array(ENTRY) });
const NEW_BLOB = z.object({ content: z.string(), encoding: z.enum(["utf-8", "base64"]).default("utf-8") });
const SIGNATURE = z.object({ name: z.string(), email: z.string(), date: z.string().optional() });
const NEW_COMMIT = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).default([]),
  author: SIGNATURE.optional(),
  committer: SIGNATURE.optional(),
});

/** Git's objects, one by one, below a repository. What is written so is reached by no ref yet. */
export function gitRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post("/git/blobs", async (c) => {
    const repository = writable(c);
    const { content, encoding } = await readBody(c, NEW_BLOB);
    const { oid } = repository.git.blob(Buffer.from(content, encoding));
    return answer(c, { sha: oid, url: links.repo(repository, `git/blobs/${oid}`) }, 201);
  });
  routes.get("/git/blobs/:sha", (c) => {
    const repository = readable(c);
    const blob = repository.git.findBlob(c.req.param("sha"));
    if (blob === undefined) throw notFound();
    if (/[.+]raw\b/.test(c.req.header("accept") ?? "")) return c.body(new Uint8Array(blob.bytes));
    return answer(c, {
      sha: blob.oid,
      node_id: nodeId("B", blob.oid),
      size: blob.bytes.length,
      url: links.repo(repository, `git/blobs/${blob.oid}`),
      content: blob.bytes.toString("base64"),
      encoding: "base64",
    });
  });
  routes.post("/git/trees", async (c) => {
    const repository = writable(c);
    const { base_tree, tree } = await readBody(c, NEW_TREE);
    const base = base_tree === undefined ? undefined : treeNamed(repository, base_tree);
    if (base_tree !== undefined && base === undefined)
      throw new Refusal(422, "base_tree is not a valid tree oid");
    const changes = new Map(tree.map((entry) => [entry.path, written(repository, entry)]));
    return answer(c, showTree(repository, withChanges(repository.git, base, changes).oid, false), 201);
  });
  routes.get("/git/trees/:sha{.+}", (c) => {
    const repository = readable(c);
    const tree = treeNamed(repository, pathParam(c, "sha"));
    if (tree === undefined) throw notFound();
    return answer(c, showTree(repository, tree, c.req.query("recursive") !== undefined));
  });
  routes.post("/git/commits", async (c) => {
    const repository = writable(c);
    const { message, tree, parents, author, committer } = await readBody(c, NEW_COMMIT);
    if (repository.git.findTree(tree) === undefined) throw new Refusal(422, "Tree SHA does not exist");
    if (parents.some((parent) => repository.git.findCommit(parent) === undefined)) {
      throw new Refusal(422, "Parent SHA does not exist or is not a commit object");
    }
    const own = repository.branches.signature(c.var.actor);
    const signed = (given: z.output<typeof SIGNATURE> | undefined) =>
      given && { name: given.name, email: given.email, at: given.date ? new Date(given.date) : own.at };
    const by = signed(author) ?? own;
    const parts = { tree, parents, message, author: by, committer: signed(committer) ?? by };
    return answer(c, showGitCommit(links, repository, repository.git.commit(parts)), 201);
  });
  routes.get("/git/commits/:sha", (c) => {
    const repository = readable(c);
    const commit = repository.git.findCommit(c.req.param("sha"));
    if (commit === undefined) throw notFound();
    return answer(c, showGitCommit(links, repository, commit));
  });
  return routes;

  function readable(c: Request): HostedRepository {
    const repository = repositoryOf(c, forge);
    demand(c.var.actor, repository, READ_CONTENTS);
    return repository;
  }

  function writable(c: Request): HostedRepository {
    const repository = repositoryOf(c, forge);
    demand(c.var.actor, repository, WRITE_CONTENTS);
    return repository;
  }

  function showTree(repository: HostedRepository, oid: string, recursive: boolean): object {
    const { git } = repository;
    const all = recursive ? [...walk(git, oid)] : [...git.treeOf(oid).entries];
    const tree = all.slice(0, MOST_ENTRIES).map(([path, entry]) => {
      const type = entry.mode === "040000" ? "tree" : "blob";
      const size = type === "blob" ? { size: git.blobOf(entry.oid).bytes.length } : {};
      const url = links.repo(repository, `git/${type}s/${entry.oid}`);
      return { path, mode: entry.mode, type, sha: entry.oid, ...size, url };
    });
    const url = links.repo(repository, `git/trees/${oid}`);
    return { sha: oid, url, tree, truncated: all.length > MOST_ENTRIES };
  }
}

function treeNamed(repository: HostedRepository, name: string): string | undefined {
  return repository.git.findTree(name)?.oid ?? repository.git.resolve(name)?.tree;
}

/** What a tree's new entry stands for: a deletion, given content, or an object that is there. */
function written(repository: HostedRepository, entry: z.output<typeof ENTRY>) {
  if (entry.content !== undefined) {
    return { mode: entry.mode, oid: repository.git.blob(Buffer.from(entry.content)).oid };
  }
  if (entry.sha === null) return null;
  const oid = entry.sha ?? "";
  if (!isOid(oid) || repository.git.get(oid) === undefined) {
    throw new Refusal(422, `tree.sha ${oid} is not a valid ${entry.type ?? "blob"}`);
  }
  return { mode: entry.mode, oid };
}
