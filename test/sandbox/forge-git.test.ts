import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Octokit } from "@octokit/rest";
import { Forge } from "../../sandbox/forge/forge.ts";
import { makeBlob, makeTree } from "../../sandbox/forge/git-objects.ts";
import { GitStore } from "../../sandbox/forge/git-store.ts";
import { withChanges } from "../../sandbox/forge/git-tree.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { serveChecked } from "./forge-checked.ts";
import { octokitFor } from "./octokit.ts";

const names = { owner: "wildlife", repo: "atlas" };
let forge: Forge;
let served: ServedForge;
let walt: Octokit;

beforeAll(async () => {
  forge = new Forge({
    now: () => new Date(),
    owner: "wildlife",
    repository: "atlas",
    people: { walt: 8 },
    roles: { walt: "write" },
    files: { "realm.yaml": "realm: atlas\n", "docs/a.md": "a", "docs/b/c.md": "c" },
  });
  served = await serveChecked(forge);
  walt = octokitFor(served.url, "walt");
});
afterAll(() => served.close());

/** A branch with no history in common with `main`, made as the registry's is. */
async function orphan(branch: string, path: string, content: string): Promise<string> {
  const { data: tree } = await walt.rest.git.createTree({
    ...names,
    tree: [{ path, mode: "100644", type: "blob", content }],
  });
  const { data: commit } = await walt.rest.git.createCommit({ ...names, message: "start", tree: tree.sha });
  await walt.rest.git.createRef({ ...names, ref: `refs/heads/${branch}`, sha: commit.sha });
  return commit.sha;
}

describe("the forge's Git data", () => {
  it("names objects as Git does", () => {
    expect(makeBlob(Buffer.from("hello\n")).oid).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
    expect(makeTree([]).oid).toBe("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    const store = new GitStore();
    const hello = Buffer.from("hello\n");
    const files = new Map(["a0", "a.b", "a/x"].map((path) => [path, hello]));
    const tree = withChanges(store, undefined, files).oid;
    const by = { name: "walt", email: "8+walt@users.noreply.github.com", at: new Date(1_700_000_000_000) };
    const { oid } = store.commit({ tree, parents: [], author: by, committer: by, message: "one\n" });
    expect([tree, oid]).toEqual([
      "789782debc5f8a6357d255c85ef58af981aa5a9e",
      "173b5aedfbe70f7a2ec200b1f65bce5196f07fd0",
    ]);
  });

  it("starts a branch without history, and refuses to start it twice", async () => {
    const sha = await orphan("registry", "registry.json", "{}\n");
    const { data } = await walt.rest.repos.getBranch({ ...names, branch: "registry" });
    expect(data.commit).toMatchObject({ sha, parents: [] });
    await expect(orphan("registry", "registry.json", "[]\n")).rejects.toMatchObject({ status: 422 });
  });

  it("moves a branch forward only, unless forced", async () => {
    const first = await orphan("side", "a", "1");
    const other = await orphan("other", "a", "2");
    const ref = { ...names, ref: "heads/side" };
    await expect(walt.rest.git.updateRef({ ...ref, sha: other })).rejects.toMatchObject({ status: 422 });
    await walt.rest.git.updateRef({ ...ref, sha: other, force: true });
    expect((await walt.rest.git.getRef(ref)).data.object.sha).toBe(other);
    expect(first).not.toBe(other);
  });

  it("tells what changed between two commits, and a move as one", async () => {
    const { data: before } = await walt.rest.repos.getCommit({ ...names, ref: "main" });
    await walt.rest.repos.createOrUpdateFileContents({
      ...names,
      path: "docs/d.md",
      message: "more",
      content: Buffer.from("d").toString("base64"),
    });
    const head = forge.repository().branches.head(forge.person("walt"), "main").oid;
    const changes = new Map([
      ["docs/a.md", null],
      ["docs/z.md", Buffer.from("a")],
    ]);
    const edit = { branch: "main", expectedHead: head, message: "move", changes };
    const after = forge.repository().branches.commit(forge.person("walt"), edit);
    const { data } = await walt.rest.repos.compareCommitsWithBasehead({
      ...names,
      basehead: `${before.sha}...${after.oid}`,
    });
    expect(data).toMatchObject({ status: "ahead", ahead_by: 2 });
    expect(data.files?.map(({ filename, status }) => [filename, status])).toEqual([
      ["docs/d.md", "added"],
      ["docs/z.md", "renamed"],
    ]);
    const { data: commits } = await walt.rest.repos.listCommits({ ...names, path: "docs/z.md" });
    expect(commits.map(({ sha }) => sha)).toEqual([after.oid]);
  });

  it("packs a commit's files into an archive that tar reads", async () => {
    const { data, url } = await walt.rest.repos.downloadTarballArchive({ ...names, ref: "registry" });
    expect(url).toContain("/_codeload/");
    if (!(data instanceof ArrayBuffer)) throw new Error("no archive came");
    const folder = mkdtempSync(join(tmpdir(), "forge-"));
    try {
      const listed = execFileSync("tar", ["-tzf", "-"], {
        input: Buffer.from(data),
        cwd: folder,
        encoding: "utf8",
      });
      expect(listed).toMatch(/^wildlife-atlas-[0-9a-f]{7}\/\nwildlife-atlas-[0-9a-f]{7}\/registry\.json\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("lists trees and directories", async () => {
    const { data: tree } = await walt.rest.git.getTree({ ...names, tree_sha: "main", recursive: "1" });
    expect(tree.tree.map(({ path }) => path)).toContain("docs/b/c.md");
    const { data: listed } = await walt.rest.repos.getContent({ ...names, path: "docs" });
    if (!Array.isArray(listed)) throw new Error("docs is no directory");
    expect(listed.map(({ name, type }) => [name, type])).toContainEqual(["b", "dir"]);
  });

  it("updates several refs or none by GraphQL", async () => {
    const { git } = forge.repository();
    const [zeros, head] = ["0".repeat(40), git.ref("refs/heads/other") ?? ""];
    const update = (refUpdates: object[]) =>
      walt.graphql("mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }", {
        input: { repositoryId: `R_k${forge.repository().id}`, refUpdates },
      });
    const fresh = { name: "refs/heads/fresh", beforeOid: zeros, afterOid: head };
    const stale = { name: "refs/heads/other", beforeOid: zeros, afterOid: head };
    await expect(update([fresh, stale])).rejects.toThrow("does not point to");
    expect(git.ref("refs/heads/fresh")).toBeUndefined();
    await update([fresh]);
    expect(git.ref("refs/heads/fresh")).toBe(head);
  });

  it("carries a pull request from a fork, and squashes it into its base", async () => {
    const fork = forge.fork(forge.repository(), "mallory");
    const mallory = forge.person("mallory");
    const expectedHead = fork.branches.head(mallory, "main").oid;
    const changes = new Map([["realm.yaml", Buffer.from("realm: mine\n")]]);
    const octokit = octokitFor(served.url, "mallory");
    fork.branches.commit(mallory, { branch: "main", expectedHead, message: "mine", changes });
    const { data: pull } = await octokit.rest.pulls.create({
      ...names,
      title: "x",
      head: "mallory:main",
      base: "main",
    });
    const one = { ...names, pull_number: pull.number };
    const { data: files } = await walt.rest.pulls.listFiles(one);
    expect(files.map(({ filename, status }) => [filename, status])).toEqual([["realm.yaml", "modified"]]);
    await expect(octokit.rest.pulls.merge(one)).rejects.toMatchObject({ status: 403 });
    await walt.rest.pulls.merge(one);
    const { data: text } = await walt.rest.repos.getContent({
      ...names,
      path: "realm.yaml",
      mediaType: { format: "raw" },
    });
    expect(text).toBe("realm: mine\n");
  });
});
