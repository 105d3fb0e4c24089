import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import type { Permissions } from "../../sandbox/forge/apps.ts";
import { Forge } from "../../sandbox/forge/forge.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { serveChecked } from "./forge-checked.ts";
import { octokitFor, quiet } from "./octokit.ts";

const names = { owner: "wildlife", repo: "atlas" };
let forge: Forge;
let served: ServedForge;
const as = (login?: string) => octokitFor(served.url, login);

beforeAll(async () => {
  forge = new Forge({
    now: () => new Date("2026-11-21T08:00:00Z"),
    owner: "wildlife",
    repository: "atlas",
    repositoryId: 42,
    people: { alice: 1, bob: 2, tess: 7, walt: 8, wildlife: 900 },
    roles: { alice: "admin", tess: "triage", walt: "write" },
    teams: { field: ["bob"] },
    files: { "realm.yaml": "realm: atlas\n" },
  });
  served = await serveChecked(forge);
});
afterAll(() => served.close());

async function appWith(slug: string, permissions: Permissions): Promise<Octokit> {
  const app = await forge.createApp({ slug, permissions });
  const auth = { appId: app.id, privateKey: app.privateKey, installationId: app.installationId };
  return new Octokit({ baseUrl: served.url, log: quiet, authStrategy: createAppAuth, auth });
}

describe("the forge's settings", () => {
  it("name secrets to writers and to apps that may read them, and to nobody else", async () => {
    const { settings } = forge.repository().actions;
    settings.setSecret("WARREN_APP_KEY");
    const secrets = (octokit: Octokit) => octokit.rest.actions.listRepoSecrets(names);
    expect((await secrets(as("walt"))).data.secrets.map(({ name }) => name)).toEqual(["WARREN_APP_KEY"]);
    expect((await secrets(await appWith("doctor", { secrets: "read" }))).data.total_count).toBe(1);
    await expect(secrets(as("tess"))).rejects.toMatchObject({ status: 403 });
    await expect(secrets(as())).rejects.toMatchObject({ status: 401 });
    await expect(secrets(await appWith("other", { metadata: "read" }))).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("Resource not accessible by integration"),
    });
  });

  it("show environments to all, and what is in them to writers", async () => {
    const { settings } = forge.repository().actions.addEnvironment("registry");
    settings.setSecret("AWS_ROLE");
    settings.setVariable("AWS_REGION", "eu-central-1");
    const one = { ...names, environment_name: "registry" };
    const { data } = await as("bob").rest.repos.getAllEnvironments(names);
    expect(data.environments?.map(({ name }) => name)).toEqual(["registry"]);
    const { data: variables } = await as("walt").rest.actions.listEnvironmentVariables(one);
    expect(variables.variables).toMatchObject([{ name: "AWS_REGION", value: "eu-central-1" }]);
    await expect(as("bob").rest.actions.listEnvironmentSecrets(one)).rejects.toMatchObject({ status: 403 });
    const missing = as("walt").rest.repos.getEnvironment({ ...names, environment_name: "x" });
    await expect(missing).rejects.toMatchObject({ status: 404 });
  });

  it("put ids into the OIDC subject of repositories as new as this one", async () => {
    const read = async () => (await as("bob").rest.actions.getCustomOidcSubClaimForRepo(names)).data;
    expect(await read()).toEqual({
      use_default: true,
      use_immutable_subject: true,
      sub_claim_prefix: "repo:wildlife@900/atlas@42",
    });
    const custom = { ...names, use_default: false, include_claim_keys: ["repo", "environment"] };
    await expect(as("bob").rest.actions.setCustomOidcSubClaimForRepo(custom)).rejects.toMatchObject({
      status: 403,
    });
    await as("walt").rest.actions.setCustomOidcSubClaimForRepo(custom);
    expect(await read()).toMatchObject({ include_claim_keys: ["repo", "environment"] });
  });

  it("take a dispatch from writers alone", async () => {
    const heard: string[] = [];
    const stop = forge.listen(({ name }) => heard.push(name));
    const dispatch = { ...names, event_type: "sync", client_payload: { computer: "333" } };
    await expect(as("bob").rest.repos.createDispatchEvent(dispatch)).rejects.toMatchObject({ status: 403 });
    await as("walt").rest.repos.createDispatchEvent(dispatch);
    stop();
    expect(heard).toEqual(["repository_dispatch"]);
  });

  it("tell members of the organization who is one", async () => {
    const isMember = (login: string, username: string) =>
      as(login).rest.orgs.checkMembershipForUser({ org: "wildlife", username });
    expect((await isMember("bob", "bob")).status).toBe(204);
    await expect(isMember("bob", "walt")).rejects.toMatchObject({ status: 404 });
    await expect(isMember("walt", "bob")).rejects.toMatchObject({ status: 404 });
  });
});
