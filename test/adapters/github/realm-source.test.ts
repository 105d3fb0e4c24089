import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GitHubRealmSource } from "../../../adapters/github/realm-source.ts";
import { startWildlife, type Wildlife, wildlife } from "./wildlife.ts";

let world: Wildlife;
let source: GitHubRealmSource;
const push = (text: string | null) => {
  const { branches } = world.forge.repository();
  const alice = world.forge.person("alice");
  return branches.commit(alice, {
    branch: "main",
    expectedHead: branches.head(alice, "main").oid,
    message: "change",
    changes: new Map([["realm.yaml", text === null ? null : Buffer.from(text)]]),
  }).oid;
};

beforeAll(async () => {
  world = await startWildlife();
  source = new GitHubRealmSource(world.bot, wildlife);
});
afterAll(() => world.close());

describe("realm.yaml", () => {
  it("comes with the commit it was read at, in one request", async () => {
    const first = await source.head();
    const commit = push("realm: tern\n");
    await source.head();
    world.requests.length = 0;
    const second = await source.head();
    expect(second).toEqual({
      text: "realm: tern\n",
      commit,
      repositoryId: 42,
      link: `${world.url}/wildlife/atlas/blob/${commit}/realm.yaml`,
    });
    expect(world.requests).toEqual(["POST /graphql"]);
    expect(await source.at(first.commit)).toEqual(first);
  });

  it("has a list of weak keys beside it, read at its commit and once only", async () => {
    const list = "0123456789abcdef0123\n";
    const { branches } = world.forge.repository();
    const alice = world.forge.person("alice");
    const { oid } = branches.commit(alice, {
      branch: "main",
      expectedHead: branches.head(alice, "main").oid,
      message: "add a list",
      changes: new Map([["lists/weak.txt", Buffer.from(list)]]),
    });
    const before = (await source.head()).commit;
    world.requests.length = 0;
    expect((await source.blocklist("lists/weak.txt", oid)).ok).toBe(true);
    expect((await source.blocklist("lists/weak.txt", oid)).ok).toBe(true);
    expect(world.requests).toHaveLength(1);
    expect(before).toBe(oid);
    const missing = { ok: false, problem: "the repository has no such file" };
    expect(await source.blocklist("gone.txt", oid)).toEqual(missing);
  });

  it("is missed by name where the default branch or the commit has none", async () => {
    push(null);
    await expect(source.head()).rejects.toMatchObject({
      code: "refused",
      message: "repository wildlife/atlas has no realm.yaml at its default branch",
    });
    await expect(source.at("0".repeat(40))).rejects.toMatchObject({ code: "refused" });
  });
});
