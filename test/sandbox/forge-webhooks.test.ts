import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { Webhooks } from "@octokit/webhooks";
import { type App, newPrivateKey } from "../../sandbox/forge/apps.ts";
import { Forge } from "../../sandbox/forge/forge.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { serveChecked } from "./forge-checked.ts";

const SECRET = "It's a Secret to Everybody";
let privateKey: string;
let forge: Forge;
let served: ServedForge;
let app: App;
let receiver: Server;
let answer = 200;
let heard: { name: string; guid: string; verified: boolean; payload: Record<string, unknown> }[];

beforeAll(async () => {
  privateKey = await newPrivateKey();
});

beforeEach(async () => {
  heard = [];
  answer = 200;
  const webhooks = new Webhooks({ secret: SECRET });
  receiver = createServer(async (request, response) => {
    const body = await text(request);
    const header = (name: string) => String(request.headers[name]);
    const verified = await webhooks.verify(body, header("x-hub-signature-256"));
    const guid = header("x-github-delivery");
    heard.push({ name: header("x-github-event"), guid, verified, payload: JSON.parse(body) });
    response.writeHead(answer).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  forge = new Forge({
    now: () => new Date(),
    owner: "wildlife",
    repository: "atlas",
    people: { bob: 2 },
    files: {},
  });
  served = await serveChecked(forge);
  app = await forge.createApp({
    slug: "warren",
    privateKey,
    webhookUrl: `http://127.0.0.1:${portOf(receiver)}/api/github/webhooks`,
    webhookSecret: SECRET,
    events: ["issues", "issue_comment", "push", "pull_request", "repository_dispatch"],
  });
});
afterEach(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await served.close();
});

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("receiver listens on no port");
  return address.port;
};

describe("the forge's webhooks", () => {
  it("tells of issues and comments in order, signed, with the installation", async () => {
    const bob = forge.person("bob");
    const { issues, comments } = forge.repository();
    const { number } = issues.open(bob, { title: "one", body: "a" });
    issues.change(bob, number, { title: "two" });
    comments.create(bob, number, "hello");
    issues.change(bob, number, { state: "closed" });
    await served.webhooks.settled();
    expect(heard.map(({ name, payload }) => `${name}.${payload.action}`)).toEqual([
      "issues.opened",
      "issues.edited",
      "issue_comment.created",
      "issues.closed",
    ]);
    expect(heard.every(({ verified }) => verified)).toBe(true);
    expect(heard[1]?.payload).toMatchObject({
      changes: { title: { from: "one" } },
      issue: { number, title: "two", user: { id: 2 } },
      installation: { id: app.installationId },
      repository: { full_name: "wildlife/atlas" },
      sender: { login: "bob" },
    });
  });

  it("sends whatever happens in the form that GitHub gives it", async () => {
    const [bob, owner] = [forge.person("bob"), forge.person("wildlife")];
    const repository = forge.repository();
    const { issues, comments, branches, pulls, labels, dispatches } = repository;
    const elsewhere = forge.addRepository("elsewhere");
    const issue = issues.open(bob, { title: "one" });
    issues.change(owner, issue.number, { title: "two", body: "b", labels: ["red"] });
    labels.remove(owner, issue, "red");
    const { id } = comments.create(bob, issue.number, "hello");
    comments.edit(bob, id, "bye");
    comments.delete(bob, id);
    issues.change(bob, issue.number, { state: "closed" });
    issues.change(bob, issue.number, { state: "open" });
    forge.transfer(owner, repository, issue.number, elsewhere);
    issues.delete(owner, issues.open(bob, { title: "goes" }).number);
    const fork = forge.fork(repository, "bob");
    const push = (text: string) => {
      const expectedHead = fork.branches.head(bob, "main").oid;
      const changes = new Map([["realm.yaml", Buffer.from(text)]]);
      fork.branches.commit(bob, { branch: "main", expectedHead, message: "m", changes });
    };
    push("a");
    const head = { repository: fork, ref: "main" };
    const { number } = pulls.open(bob, { title: "change", base: "main", head });
    push("b");
    issues.change(owner, number, { title: "changes", labels: ["red"] });
    issues.change(bob, number, { state: "closed" });
    issues.change(bob, number, { state: "open" });
    pulls.merge(owner, number);
    branches.create(owner, "refs/heads/side", branches.head(owner, "main").oid);
    branches.delete(owner, "refs/heads/side");
    dispatches.send(owner, "sync", { now: true });
    served.webhooks.ping(app);
    await served.webhooks.settled();
    const actions = (event: string) =>
      heard.filter(({ name }) => name === event).map(({ payload }) => payload.action);
    expect(actions("issues")).toEqual([
      ...["opened", "edited", "labeled", "unlabeled", "closed", "reopened", "opened", "transferred"],
      ...["opened", "deleted"],
    ]);
    expect(actions("issue_comment")).toEqual(["created", "edited", "deleted"]);
    expect(actions("pull_request")).toEqual([
      ...["opened", "synchronize", "edited", "labeled", "closed", "reopened", "closed"],
    ]);
    expect(heard.map(({ name }) => name).slice(-5)).toEqual([
      ...["pull_request", "push", "push", "repository_dispatch", "ping"],
    ]);
  });

  it("tells of a push with its commits", async () => {
    forge.setRole("bob", "write");
    const bob = forge.person("bob");
    const { branches } = forge.repository();
    const expectedHead = branches.head(bob, "main").oid;
    const changes = new Map([["realm.yaml", Buffer.from("x")]]);
    const commit = branches.commit(bob, { branch: "main", expectedHead, message: "m", changes });
    await served.webhooks.settled();
    expect(heard[0]).toMatchObject({
      name: "push",
      payload: { ref: "refs/heads/main", after: commit.oid, commits: [{ added: ["realm.yaml"] }] },
    });
  });

  it("loses and doubles deliveries as the policy says", async () => {
    served.webhooks.policy = ({ event }) => (event === "issues" ? [] : [0, 0]);
    const bob = forge.person("bob");
    const { number } = forge.repository().issues.open(bob, { title: "one" });
    forge.repository().comments.create(bob, number, "hello");
    await served.webhooks.settled();
    expect(heard.map(({ name }) => name)).toEqual(["issue_comment", "issue_comment"]);
    expect(heard[0]?.guid).toBe(heard[1]?.guid);
  });

  it("records a failed delivery, and sends it again under its GUID when asked", async () => {
    answer = 500;
    forge.repository().issues.open(forge.person("bob"), { title: "one" });
    await served.webhooks.settled();
    answer = 200;
    const octokit = new Octokit({
      baseUrl: served.url,
      authStrategy: createAppAuth,
      auth: { appId: app.id, privateKey: app.privateKey },
    });
    const { data } = await octokit.rest.apps.listWebhookDeliveries();
    expect(data).toMatchObject([{ event: "issues", action: "opened", status_code: 500, redelivery: false }]);
    await octokit.rest.apps.redeliverWebhookDelivery({ delivery_id: Number(data[0]?.id) });
    await served.webhooks.settled();
    const { data: after } = await octokit.rest.apps.listWebhookDeliveries();
    expect(after[0]).toMatchObject({ status: "OK", redelivery: true, guid: data[0]?.guid });
  });

  it("records a receiver that is down", async () => {
    app.hook.url = "http://127.0.0.1:1/";
    forge.repository().issues.open(forge.person("bob"), { title: "one" });
    await served.webhooks.settled();
    expect(served.webhooks.attemptsOf(app)).toMatchObject([
      { status: "failed to connect to host", statusCode: 502 },
    ]);
  });
});
