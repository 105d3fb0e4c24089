import { Hono } from "hono";
import * as z from "zod";
import type { Commit } from "./git-objects.ts";
import { entryAt } from "./git-tree.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import { answer, type Env, pathParam, type Request, readBody, repositoryOf, type Skin } from "./http.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import { showEntry, showGitCommit } from "./show-git.ts";

const MEGABYTE = 1_048_576;
/** More than that a directory's listing doesn't hold; GitHub points to the trees API. */
const MOST_ENTRIES = 1_000;

const PUT_FILE = z.object({
  message: z.string(),
  content: z.base64(),
  sha: z.string().optional(),
  branch: z.string().optional(),
});

/** Files and directories, read and written by path. */
export function contentRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  const path = "/contents/:path{.*}";
  routes.get("/contents", (c) => read(c, repositoryOf(c, forge), ""));
  routes.get(path, (c) => read(c, repositoryOf(c, forge), pathParam(c, "path").replace(/\/+$/, "")));

  function read(c: Request, repository: HostedRepository, at: string): Response {
    const ref = c.req.query("ref") ?? repository.defaultBranch;
    const commit = commitAt(c, repository, ref);
    const entry = entryAt(repository.git, commit.tree, at);
    if (entry === undefined) throw notFound();
    const media = c.req.header("accept") ?? "";
    const tree = repository.git.findTree(entry.oid);
    if (tree !== undefined) {
      const entries = [...tree.entries].slice(0, MOST_ENTRIES);
      const below = (name: string) => (at === "" ? name : `${at}/${name}`);
      return answer(
        c,
        entries.map(([name, one]) => showEntry(links, repository, ref, below(name), one)),
      );
    }
    const { bytes } = repository.git.blobOf(entry.oid);
    if (/[.+]raw\b/.test(media)) return c.body(new Uint8Array(bytes), 200, RAW);
    const small = bytes.length <= MEGABYTE;
    return answer(c, {
      ...showEntry(links, repository, ref, at, entry),
      type: "file",
      content: small ? inLines(bytes.toString("base64")) : "",
      encoding: small ? "base64" : "none",
    });
  }

  routes.put(path, async (c) => {
    const repository = repositoryOf(c, forge);
    const at = pathParam(c, "path");
    const body = await readBody(c, PUT_FILE);
    const branch = body.branch ?? repository.defaultBranch;
    const head = repository.branches.head(c.var.actor, branch);
    const held = entryAt(repository.git, head.tree, at);
    if (held !== undefined && body.sha === undefined) {
      throw new Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
    }
    if (body.sha !== held?.oid) throw new Refusal(409, `${at} does not match ${body.sha}`);
    const bytes = Buffer.from(body.content, "base64");
    const commit = repository.branches.commit(c.var.actor, {
      branch,
      expectedHead: head.oid,
      message: body.message,
      changes: new Map([[at, bytes]]),
    });
    const entry = entryAt(repository.git, commit.tree, at);
    if (entry === undefined) throw invalid("Commit", "path", "invalid");
    const content = showEntry(links, repository, branch, at, entry);
    const shown = { content, commit: showGitCommit(links, repository, commit) };
    return answer(c, shown, held === undefined ? 201 : 200);
  });
  return routes;
}

const RAW = { "content-type": "application/vnd.github.raw+json; charset=utf-8" };

/** GitHub breaks its base64 into lines of sixty characters. */
const inLines = (base64: string): string => base64.replace(/.{1,60}/g, "$&\n");

export function commitAt(c: Request, repository: HostedRepository, ref: string): Commit {
  const commit = repository.branches.resolve(c.var.actor, ref);
  if (commit === undefined) throw notFound(`No commit found for the ref ${ref}`);
  return commit;
}
