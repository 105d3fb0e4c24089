import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { Forge } from "../../sandbox/forge/forge.ts";
import { type ServedForge, serveForge } from "../../sandbox/forge/serve.ts";

const names = { owner: "wildlife", repo: "atlas" };
let forge: Forge;
let served: ServedForge;
const as = (login: string) => new Octokit({ auth: `sandbox-${login}`, baseUrl: served.url });

beforeAll(async () => {
  forge = new Forge({
    now: () => new Date(),
    owner: "wildlife",
    repository: "atlas",
    repositoryId: 42,
    people: { alice: 583231, bob: 583232, tess: 7, walt: 8 },
    roles: { alice: "admin", tess: "triage", walt: "write" },
    teams: { field: ["bob"] },
    files: { "realm.yaml": "realm: atlas\n", "docs/a.md": "a" },
  });
  served = await serveForge(forge);
});
afterAll(() => served.close());

describe("the forge's REST", () => {
  it("gives a token's account the id that the realm says, and a stranger a new one", async () => {
    expect((await as("alice").rest.users.getAuthenticated()).data).toMatchObject({
      login: "alice",
      id: 583231,
    });
    const stranger = await as("mallory").rest.users.getAuthenticated();
    expect(stranger.data.id).toBeGreaterThan(90_000_000);
    await expect(as("no/login").rest.users.getAuthenticated()).rejects.toMatchObject({ status: 401 });
  });

  it("opens, changes, labels and closes an issue, and lets a stranger do only the first", async () => {
    const { data: issue } = await as("bob").rest.issues.create({ ...names, title: "333", body: "a" });
    const one = { ...names, issue_number: issue.number };
    await expect(as("mallory").rest.issues.update({ ...one, title: "x" })).rejects.toMatchObject({
      status: 403,
    });
    await as("tess").rest.issues.update({ ...one, body: "b" });
    await as("walt").rest.issues.addLabels({ ...one, labels: ["warren: granted"] });
    const { data } = await as("bob").rest.issues.update({
      ...one,
      state: "closed",
      state_reason: "not_planned",
    });
    expect(data).toMatchObject({
      state: "closed",
      state_reason: "not_planned",
      body: "b",
      user: { id: 583232 },
    });
    expect(data.labels).toMatchObject([{ name: "warren: granted" }]);
  });

  it("lists pages that Octokit follows", async () => {
    for (const title of ["a", "b", "c"]) await as("bob").rest.issues.create({ ...names, title });
    const all = await as("bob").paginate("GET /repos/{owner}/{repo}/issues", {
      ...names,
      state: "all",
      per_page: 2,
    });
    expect(all.length).toBe(forge.repository().issues.list(forge.person("bob")).length);
  });

  it("reads files without a token, raw and as base64, and says what isn't there", async () => {
    const anyone = new Octokit({ baseUrl: `${served.url}/api/v3` });
    const file = { ...names, path: "realm.yaml" };
    const { data } = await anyone.rest.repos.getContent(file);
    expect(data).toMatchObject({ type: "file", content: "cmVhbG06IGF0bGFzCg==\n" });
    const raw = await anyone.rest.repos.getContent({ ...file, mediaType: { format: "raw" } });
    expect(raw.data).toBe("realm: atlas\n");
    const missing = anyone.rest.repos.getContent({ ...file, ref: "registry" });
    await expect(missing).rejects.toMatchObject({ status: 404 });
    await expect(anyone.rest.issues.create({ ...names, title: "x" })).rejects.toMatchObject({ status: 401 });
  });

  it("lets an app in by its web token, and marks what it writes", async () => {
    const app = await forge.createApp({ slug: "warren" });
    const octokit = new Octokit({
      baseUrl: served.url,
      authStrategy: createAppAuth,
      auth: { appId: app.id, privateKey: app.privateKey, installationId: app.installationId },
    });
    const issue = forge.repository().issues.open(forge.person("bob"), { title: "by hand" });
    const { data } = await octokit.rest.issues.createComment({
      ...names,
      issue_number: issue.number,
      body: "hi",
    });
    expect(data).toMatchObject({
      user: { login: "warren[bot]", type: "Bot" },
      performed_via_github_app: { id: app.id },
    });
  });
});
