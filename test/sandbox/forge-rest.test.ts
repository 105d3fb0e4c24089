import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { Forge } from "../../sandbox/forge/forge.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { serveChecked } from "./forge-checked.ts";
import { octokitFor } from "./octokit.ts";

const names = { owner: "wildlife", repo: "atlas" };
let forge: Forge;
let served: ServedForge;
const as = (login: string) => octokitFor(served.url, login);

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
  served = await serveChecked(forge);
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
    const anyone = octokitFor(`${served.url}/api/v3`);
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

  it("shows roles to those who may write, and teams to the organization's own", async () => {
    const of = (login: string, username: string) =>
      as(login).rest.repos.getCollaboratorPermissionLevel({ ...names, username });
    expect((await of("walt", "tess")).data).toMatchObject({ permission: "read", role_name: "triage" });
    await expect(of("mallory", "tess")).rejects.toMatchObject({ status: 403 });
    await expect(of("walt", "nobody-here")).rejects.toMatchObject({ status: 404 });
    const team = { org: "wildlife", team_slug: "field" };
    const members = as("alice").rest.teams;
    const { data } = await members.getMembershipForUserInOrg({ ...team, username: "bob" });
    expect(data.state).toBe("active");
    await expect(members.getMembershipForUserInOrg({ ...team, username: "walt" })).rejects.toMatchObject({
      status: 404,
    });
    await expect(as("mallory").rest.teams.listMembersInOrg(team)).rejects.toMatchObject({ status: 404 });
  });

  it("answers 304 to whoever holds the same answer, by token", async () => {
    const url = `${served.url}/repos/wildlife/atlas/contents/realm.yaml`;
    const ask = (headers: Record<string, string>) => fetch(url, { headers });
    const etag = (await ask({ authorization: "token sandbox-bob" })).headers.get("etag") ?? "";
    const again = await ask({ authorization: "token sandbox-bob", "if-none-match": etag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await ask({ "if-none-match": etag })).status).toBe(200);
  });

  it("lets authors and writers change a comment, and triage none", async () => {
    const { issues, comments } = forge.repository();
    const { number } = issues.open(forge.person("bob"), { title: "talk" });
    const { id } = comments.create(forge.person("bob"), number, "one");
    const change = (login: string) =>
      as(login).rest.issues.updateComment({ ...names, comment_id: id, body: login });
    await expect(change("tess")).rejects.toMatchObject({ status: 403 });
    await change("bob");
    expect((await change("walt")).data.body).toBe("walt");
    await as("walt").rest.issues.deleteComment({ ...names, comment_id: id });
    expect(comments.list(forge.person("bob"), number)).toEqual([]);
  });

  it("names the app through which somebody wrote", async () => {
    await forge.createApp({ slug: "helper", privateKey: forge.apps[0]?.privateKey ?? "" });
    const { data } = await as("bob@helper").rest.issues.create({ ...names, title: "by machine" });
    expect(data).toMatchObject({ user: { login: "bob" }, performed_via_github_app: { slug: "helper" } });
  });

  it("knows a login's new holder as somebody else, and a deleted account as a ghost", async () => {
    const { issues } = forge.repository();
    const { number } = issues.open(forge.person("carol"), { title: "mine" });
    const before = forge.accounts.find("carol")?.id;
    forge.accounts.rename("carol", "caroline");
    const { data: holder } = await as("carol").rest.users.getAuthenticated();
    expect(holder.id).not.toBe(before);
    forge.accounts.remove("caroline");
    const { data } = await as("bob").rest.issues.get({ ...names, issue_number: number });
    expect(data.user?.login).toBe("ghost");
  });

  it("ends an installation's token after an hour", async () => {
    let clock = new Date();
    const other = new Forge({ now: () => new Date(), wallClock: () => clock, owner: "o", repository: "r" });
    const app = await other.createApp({ slug: "warren", privateKey: forge.apps[0]?.privateKey ?? "" });
    const { token } = other.tokens.issue(app);
    expect(other.tokens.actor(token)).toMatchObject({ kind: "installation" });
    clock = new Date(clock.getTime() + 3_600_000);
    expect(other.tokens.actor(token)).toBeUndefined();
  });

  it("leads from a transferred issue to its new place, and calls a deleted one gone", async () => {
    const elsewhere = forge.addRepository("elsewhere");
    const [alice, bob] = [forge.person("alice"), forge.person("bob")];
    forge.setRole("alice", "admin", elsewhere);
    const { issues } = forge.repository();
    const { number } = issues.open(bob, { title: "wanders", body: "x" });
    forge.transfer(alice, forge.repository(), number, elsewhere);
    const { data } = await as("bob").rest.issues.get({ ...names, issue_number: number });
    expect(data).toMatchObject({ title: "wanders", user: { login: "bob" } });
    expect(data.repository_url).toContain("/wildlife/elsewhere");
    const deleted = issues.open(bob, { title: "goes" }).number;
    issues.delete(alice, deleted);
    await expect(as("bob").rest.issues.get({ ...names, issue_number: deleted })).rejects.toMatchObject({
      status: 410,
    });
  });
});
