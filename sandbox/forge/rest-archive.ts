import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { Hono } from "hono";
import { pack } from "tar-stream";
import type { Commit } from "./git-objects.ts";
import { walk } from "./git-tree.ts";
import { type Env, pathParam, type Request, repositoryOf, type Skin } from "./http.ts";
import type { Repository } from "./repository.ts";
import { commitAt } from "./rest-contents.ts";

/** A commit's files as one archive, below a repository. */
export function archiveRoutes({ forge, links }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  const elsewhere = (c: Request, ref: string) => {
    const repository = repositoryOf(c, forge);
    const { oid } = commitAt(c, repository, ref === "" ? repository.defaultBranch : ref);
    return c.redirect(links.api(`_codeload/${repository.fullName}/legacy.tar.gz/${oid}`), 302);
  };
  routes.get("/tarball", (c) => elsewhere(c, ""));
  routes.get("/tarball/:ref{.*}", (c) => elsewhere(c, pathParam(c, "ref")));
  return routes;
}

/** Where archives are fetched: another host on GitHub, another path here. */
export function codeloadRoutes({ forge }: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.get("/_codeload/:owner/:repo/legacy.tar.gz/:ref{.+}", async (c) => {
    const repository = repositoryOf(c, forge);
    const commit = commitAt(c, repository, pathParam(c, "ref"));
    const name = `${repository.owner.login}-${repository.name}-${commit.oid.slice(0, 7)}`;
    return c.body(new Uint8Array(await archive(repository, commit, name)), 200, {
      "content-type": "application/x-gzip",
      "content-disposition": `attachment; filename=${name}.tar.gz`,
    });
  });
  return routes;
}

function archive({ git }: Repository, commit: Commit, folder: string): Promise<Buffer> {
  const tar = pack();
  const mtime = commit.committer.at;
  const packed = buffer(tar.pipe(createGzip()));
  tar.entry({ name: `${folder}/`, type: "directory", mode: 0o775, mtime });
  for (const [path, { mode, oid }] of walk(git, commit.tree)) {
    const name = `${folder}/${path}`;
    if (mode === "040000") tar.entry({ name: `${name}/`, type: "directory", mode: 0o775, mtime });
    else tar.entry({ name, mode: mode === "100755" ? 0o775 : 0o664, mtime }, git.blobOf(oid).bytes);
  }
  tar.finalize();
  return packed;
}
