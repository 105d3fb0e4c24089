import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Forge } from "../../sandbox/forge/forge.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { serveChecked } from "./forge-checked.ts";
import { octokitFor } from "./octokit.ts";

let forge: Forge;
let served: ServedForge;
let now = new Date("2026-11-21T08:00:00Z");
const as = (login: string) => octokitFor(served.url, login);

beforeAll(async () => {
  forge = new Forge({
    now: () => now,
    owner: "wildlife",
    repository: "atlas",
    people: { alice: 1, bob: 2 },
    roles: { alice: "admin" },
    files: { "realm.yaml": "realm: atlas\n" },
    branches: { registry: { "registry.json": "{}\n" } },
  });
  served = await serveChecked(forge);
});
afterAll(() => served.close());

describe("the forge's GraphQL", () => {
  it("tells who edited an issue, renamed it and wrote to it", async () => {
    const { issues, comments } = forge.repository();
    const { number } = issues.open(forge.person("bob"), { title: "old", body: "first" });
    now = new Date("2026-11-21T09:00:00Z");
    issues.change(forge.person("alice"), number, { title: "new", body: "second" });
    comments.create(forge.person("bob"), number, "hello");
    const answer = await as("bob").graphql(
      `query ($number: Int!) { repository(owner: "wildlife", name: "atlas") { databaseId issue(number: $number) {
        title lastEditedAt includesCreatedEdit editor { login ... on User { databaseId } }
        userContentEdits(first: 10) { totalCount nodes { editedAt diff editor { login } } }
        timelineItems(first: 10, itemTypes: [RENAMED_TITLE_EVENT, TRANSFERRED_EVENT]) {
          nodes { __typename ... on RenamedTitleEvent { previousTitle actor { login } } } }
        comments(first: 10) { nodes { fullDatabaseId lastEditedAt author { login } } pageInfo { hasNextPage } } } } }`,
      { number },
    );
    expect(answer).toMatchObject({
      repository: {
        issue: {
          title: "new",
          lastEditedAt: "2026-11-21T09:00:00Z",
          editor: { login: "alice", databaseId: 1 },
          userContentEdits: { totalCount: 2, nodes: [{ diff: "second" }, { diff: "first" }] },
          timelineItems: { nodes: [{ previousTitle: "old", actor: { login: "alice" } }] },
          comments: { nodes: [{ lastEditedAt: null, author: { login: "bob" } }] },
        },
      },
    });
  });

  it("commits on exactly the expected head, and calls anything else STALE_DATA", async () => {
    const head = forge.repository().branches.head(forge.person("alice"), "registry").oid;
    const commit = (expectedHeadOid: string) =>
      as("alice").graphql(
        `mutation ($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }`,
        {
          input: {
            branch: { repositoryNameWithOwner: "wildlife/atlas", branchName: "registry" },
            expectedHeadOid,
            message: { headline: "one" },
            fileChanges: { additions: [{ path: "hula/333.json", contents: "e30=" }] },
          },
        },
      );
    await commit(head);
    await expect(commit(head)).rejects.toMatchObject({
      errors: [{ type: "STALE_DATA", path: ["createCommitOnBranch"] }],
    });
  });

  it("refuses what GitHub's schema doesn't have", async () => {
    const wrong = as("bob").graphql(
      `{ repository(owner: "wildlife", name: "atlas") { performedViaGithubApp } }`,
    );
    await expect(wrong).rejects.toThrow('Cannot query field "performedViaGithubApp"');
    const missing = as("bob").graphql(
      `{ repository(owner: "wildlife", name: "atlas") { issue(number: 999) { id } } }`,
    );
    await expect(missing).rejects.toMatchObject({
      errors: [{ type: "NOT_FOUND", path: ["repository", "issue"] }],
    });
  });

  it("answers where a GitHub Enterprise Server would, and nobody without a token", async () => {
    const query = "{ viewer { login databaseId } }";
    const enterprise = octokitFor(`${served.url}/api/v3`, "alice");
    expect(await enterprise.graphql(query)).toEqual({ viewer: { login: "alice", databaseId: 1 } });
    await expect(octokitFor(served.url).graphql(query)).rejects.toMatchObject({ status: 401 });
  });

  it("pages through issues by their last update, whatever changes meanwhile", async () => {
    const { issues } = forge.repository();
    const bob = forge.person("bob");
    const before = now;
    for (const minute of [1, 2, 3]) {
      now = new Date(before.getTime() + minute * 60_000);
      issues.open(bob, { title: `at ${minute}` });
    }
    const page = (after: string | null) =>
      as("bob").graphql<{
        repository: { issues: { nodes: { title: string }[]; pageInfo: { endCursor: string } } };
      }>(
        `query ($after: String, $since: DateTime) { repository(owner: "wildlife", name: "atlas") {
          issues(first: 2, after: $after, orderBy: { field: UPDATED_AT, direction: ASC }, filterBy: { since: $since }) {
            nodes { title } pageInfo { endCursor } } } }`,
        { after, since: new Date(before.getTime() + 60_000).toISOString() },
      );
    const first = (await page(null)).repository.issues;
    expect(first.nodes.map(({ title }) => title)).toEqual(["at 1", "at 2"]);
    now = new Date(before.getTime() + 4 * 60_000);
    issues.change(bob, issues.list(bob).find(({ title }) => title === "at 1")?.number ?? 0, {
      title: "again",
    });
    const second = (await page(first.pageInfo.endCursor)).repository.issues;
    expect(second.nodes.map(({ title }) => title)).toEqual(["at 3", "again"]);
    await expect(
      as("bob").graphql(
        `{ repository(owner: "wildlife", name: "atlas") { issues(first: 101) { totalCount } } }`,
      ),
    ).rejects.toMatchObject({ errors: [{ type: "EXCESSIVE_PAGINATION" }] });
  });

  it("keeps who and when of an erased edit, and forgets what it said", async () => {
    const { issues } = forge.repository();
    const { number } = issues.open(forge.person("bob"), { title: "secret", body: "first" });
    issues.change(forge.person("alice"), number, { body: "second" });
    issues.eraseEdit(forge.person("bob"), number);
    const answer = await as("bob").graphql(
      `query ($number: Int!) { repository(owner: "wildlife", name: "atlas") { issue(number: $number) {
        userContentEdits(first: 1) { nodes { diff editor { login } deletedBy { login } } } } } }`,
      { number },
    );
    const edit = { diff: null, editor: { login: "alice" }, deletedBy: { login: "bob" } };
    expect(answer).toEqual({ repository: { issue: { userContentEdits: { nodes: [edit] } } } });
  });
});
