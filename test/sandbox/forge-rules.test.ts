import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { App } from "../../sandbox/forge/apps.ts";
import { Forge } from "../../sandbox/forge/forge.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { serveChecked } from "./forge-checked.ts";
import { octokitFor } from "./octokit.ts";

const names = { owner: "wildlife", repo: "atlas" };
let forge: Forge;
let served: ServedForge;
let app: App;

beforeAll(async () => {
  forge = new Forge({
    now: () => new Date(),
    owner: "wildlife",
    repository: "atlas",
    people: { alice: 1, walt: 8 },
    roles: { alice: "admin", walt: "write" },
    files: { "realm.yaml": "realm: atlas\n" },
    branches: { registry: { "registry.json": "{}\n" } },
  });
  served = await serveChecked(forge);
  app = await forge.createApp({ slug: "warren" });
});
afterAll(() => served.close());

const rulesOn = async (branch: string, login?: string) => {
  const { data } = await octokitFor(served.url, login).request(
    "GET /repos/{owner}/{repo}/rules/branches/{branch}",
    { ...names, branch },
  );
  return data.map(({ type }) => type);
};

describe("the forge's rulesets", () => {
  it("tell anybody the rules on a branch, and the admins who may bypass them", async () => {
    expect(await rulesOn("registry")).toEqual(["creation", "update", "deletion", "non_fast_forward"]);
    expect(await rulesOn("main")).toEqual(["pull_request", "non_fast_forward"]);
    expect(await rulesOn("elsewhere")).toEqual([]);
    const [first] = forge.repository().rulesets.all;
    const ruleset = (login: string) =>
      octokitFor(served.url, login).rest.repos.getRepoRuleset({ ...names, ruleset_id: first?.id ?? 0 });
    expect((await ruleset("alice")).data.bypass_actors).toMatchObject([{ actor_type: "RepositoryRole" }]);
    expect((await ruleset("walt")).data).not.toHaveProperty("bypass_actors");
  });

  it("keep everybody but the app from writing the registry", async () => {
    const { branches, rulesets } = forge.repository();
    const rules = ["creation", "update", "deletion", "non_fast_forward"] as const;
    rulesets.set([{ name: "registry", branches: ["registry"], rules, bypass: [{ kind: "app", app }] }]);
    const write = (actor: ReturnType<Forge["person"]>) => {
      const expectedHead = branches.head(actor, "registry").oid;
      const changes = new Map([["a.json", Buffer.from(String(Math.random()))]]);
      return branches.commit(actor, { branch: "registry", expectedHead, message: "m", changes });
    };
    expect(() => write(forge.person("alice"))).toThrow("Cannot update this protected ref.");
    expect(write(forge.installation(app)).message).toBe("m");
    const ref = { ...names, ref: "heads/registry" };
    await expect(octokitFor(served.url, "alice").rest.git.deleteRef(ref)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("Repository rule violations found"),
    });
  });

  it("let only a pull request onto the default branch", async () => {
    const { branches, pulls, rulesets } = forge.repository();
    rulesets.set([{ name: "main", branches: ["~DEFAULT_BRANCH"], rules: ["pull_request"] }]);
    const walt = forge.person("walt");
    const { oid } = branches.head(walt, "main");
    const changes = new Map([["realm.yaml", Buffer.from("realm: other\n")]]);
    const on = (branch: string) =>
      branches.commit(walt, { branch, expectedHead: oid, message: "m", changes });
    expect(() => on("main")).toThrow("Changes must be made through a pull request.");
    branches.create(walt, "refs/heads/change", oid);
    on("change");
    const head = { repository: forge.repository(), ref: "change" };
    const { number } = pulls.open(walt, { title: "change", base: "main", head });
    const { data } = await octokitFor(served.url, "walt").rest.pulls.merge({ ...names, pull_number: number });
    expect(data.merged).toBe(true);
  });
});
