import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Octokit } from "@octokit/rest";
import { Forge } from "../../sandbox/forge/forge.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { serveChecked } from "./forge-checked.ts";
import { octokitFor } from "./octokit.ts";

const names = { owner: "wildlife", repo: "atlas" };
let forge: Forge;
let served: ServedForge;

beforeAll(async () => {
  forge = new Forge({
    now: () => new Date(),
    owner: "wildlife",
    repository: "atlas",
    roles: { reader: "read", triager: "triage", writer: "write", maintainer: "maintain", admin: "admin" },
    files: { "realm.yaml": "realm: atlas\n" },
  });
  served = await serveChecked(forge);
});
afterAll(() => served.close());

interface Given {
  readonly octokit: Octokit;
  readonly issue: number;
  readonly comment: number;
}

/** What somebody does to an issue and a comment of `author`'s. */
const ACTS: Readonly<Record<string, (given: Given) => Promise<unknown>>> = {
  title: ({ octokit, issue }) => octokit.rest.issues.update({ ...names, issue_number: issue, title: "new" }),
  body: ({ octokit, issue }) => octokit.rest.issues.update({ ...names, issue_number: issue, body: "new" }),
  close: ({ octokit, issue }) =>
    octokit.rest.issues.update({ ...names, issue_number: issue, state: "closed" }),
  label: ({ octokit, issue }) =>
    octokit.rest.issues.addLabels({ ...names, issue_number: issue, labels: ["known"] }),
  "edit comment": ({ octokit, comment }) =>
    octokit.rest.issues.updateComment({ ...names, comment_id: comment, body: "new" }),
  "delete comment": ({ octokit, comment }) =>
    octokit.rest.issues.deleteComment({ ...names, comment_id: comment }),
  "make label": ({ octokit, issue }) => octokit.rest.issues.createLabel({ ...names, name: `l${issue}` }),
  "write file": ({ octokit, issue }) =>
    octokit.rest.repos.createOrUpdateFileContents({ ...names, path: `f${issue}`, message: "m", content: "" }),
};
const TEXT = ["title", "body", "close"];
const COMMENT = ["edit comment", "delete comment"];
const ALL = Object.keys(ACTS);

describe("a role on the forge", () => {
  it.each<[string, readonly string[]]>([
    ["stranger", []],
    ["reader", []],
    ["author", [...TEXT, ...COMMENT]],
    ["triager", [...TEXT, "label"]],
    ["writer", ALL],
    ["maintainer", ALL],
    ["admin", ALL],
  ])("lets %s do what GitHub lets them do, and answers 403 to the rest", async (login, allowed) => {
    const { issues, comments, labels } = forge.repository();
    const author = forge.person("author");
    const admin = forge.person("admin");
    if (!labels.list(admin).some(({ name }) => name === "known")) labels.create(admin, "known");
    for (const [act, run] of Object.entries(ACTS)) {
      const { number } = issues.open(author, { title: "one", body: "a" });
      const { id } = comments.create(author, number, "hello");
      const done = run({ octokit: octokitFor(served.url, login), issue: number, comment: id });
      const outcome = await done.then(
        () => "done",
        ({ status, response }) => [status, response.data.message],
      );
      const refused = [403, "Must have admin rights to Repository."];
      expect([act, outcome]).toEqual([act, allowed.includes(act) ? "done" : refused]);
    }
  });

  it("hides a private repository from strangers, and moves and deletes issues for writers and admins alone", async () => {
    const hidden = forge.addRepository("hidden", { private: true, files: {} });
    const stranger = octokitFor(served.url, "stranger").rest.repos.get({ owner: "wildlife", repo: "hidden" });
    await expect(stranger).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("Not Found"),
    });
    const { issues } = forge.repository();
    const { number } = issues.open(forge.person("author"), { title: "one" });
    for (const login of ["author", "triager", "writer"])
      expect(() => issues.delete(forge.person(login), number)).toThrow("Must have admin rights");
    forge.setRole("triager", "admin", hidden);
    forge.setRole("writer", "write", hidden);
    expect(() => forge.transfer(forge.person("triager"), forge.repository(), number, hidden)).toThrow("Must");
    expect(forge.transfer(forge.person("writer"), forge.repository(), number, hidden).title).toBe("one");
  });
});
