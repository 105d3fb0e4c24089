import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Forge } from "../../sandbox/forge/forge.ts";
import type { ServedForge } from "../../sandbox/forge/serve.ts";
import { type AnswerTrouble, type TroubleOptions, Troubles } from "../../sandbox/forge/troubles.ts";
import { serveChecked } from "./forge-checked.ts";
import { octokitFor } from "./octokit.ts";

const names = { owner: "wildlife", repo: "atlas" };
let forge: Forge;
let served: ServedForge;
beforeEach(async () => {
  forge = new Forge({ now: () => new Date(), owner: "wildlife", repository: "atlas", files: {} });
  served = await serveChecked(forge);
});
afterEach(() => served.close());

const troubled = (answers: TroubleOptions["answers"]): void => {
  forge.troubles = new Troubles({ seed: 1, retryAfterSeconds: 7, ...(answers && { answers }) });
};
const open = () => octokitFor(served.url, "bob").rest.issues.create({ ...names, title: "one" });
const opened = () => forge.repository().issues.list(forge.person("bob")).length;

describe("a forge on a bad day", () => {
  it.each<[AnswerTrouble, number]>([
    ["limited", 403],
    ["exhausted", 429],
    ["failed", 500],
    ["down", 502],
  ])("that is %s answers %i and does nothing", async (trouble, status) => {
    troubled({ [trouble]: 1 });
    const refused: { response?: { headers?: object } } = await open().catch((error) => error);
    expect(refused).toMatchObject({ status });
    const wait = status === 403 || status === 429 ? { "retry-after": "7" } : {};
    expect(refused.response?.headers).toMatchObject(wait);
    expect(opened()).toBe(0);
  });

  it("does what it was asked and answers 502", async () => {
    troubled({ unheard: 1 });
    await expect(open()).rejects.toMatchObject({ status: 502 });
    expect(opened()).toBe(1);
  });

  it("does what it was asked and breaks off in the middle of its answer", async () => {
    troubled({ cutOff: 1 });
    const headers = { authorization: "token sandbox-bob" };
    const url = `${served.url}/repos/wildlife/atlas/issues`;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ title: "one" }) });
    expect([response.status, Number(response.headers.get("content-length")) > 1000]).toEqual([201, true]);
    await expect(response.text()).rejects.toThrow("terminated");
    expect(opened()).toBe(1);
  });

  it("spares what it is told to spare", async () => {
    const spared = ({ path }: { readonly path: string }) => path.endsWith("/issues");
    forge.troubles = new Troubles({ seed: 1, answers: { failed: 1 }, spared });
    await open();
    await expect(octokitFor(served.url).rest.repos.get(names)).rejects.toMatchObject({ status: 500 });
  });

  it("draws the same from the same seed, in the shares that were asked for", () => {
    const draw = (seed: number) => {
      const answers = { failed: 0.1, cutOff: 0.1 };
      const troubles = new Troubles({ seed, answers, deliveries: { lost: 0.3, doubled: 0.3, late: 1 } });
      const requests = Array.from({ length: 2000 }, () => troubles.answer({ method: "GET", path: "/" }));
      return { requests, deliveries: Array.from({ length: 2000 }, () => troubles.delivery()) };
    };
    const [first, again, other] = [draw(7), draw(7), draw(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    const share = (found: readonly unknown[]) => found.length / 2000;
    expect(share(first.requests.filter((trouble) => trouble !== undefined))).toBeCloseTo(0.2, 1);
    expect(share(first.deliveries.filter((copies) => copies.length === 0))).toBeCloseTo(0.3, 1);
    expect(share(first.deliveries.filter((copies) => copies.length === 2))).toBeCloseTo(0.21, 1);
  });

  it("reads what was, and some time later what is", async () => {
    let clock = Date.now();
    const at = new Forge({
      now: () => new Date(),
      wallClock: () => new Date(clock),
      owner: "wildlife",
      repository: "atlas",
      roles: { bob: "write" },
      files: { "realm.yaml": "old" },
    });
    const { issues, comments, branches } = at.repository();
    const bob = at.person("bob");
    const old = issues.open(bob, { title: "old", body: "a" });
    at.troubles = new Troubles({ seed: 1, stale: { share: 1, oldestMs: 1000 } });
    const fresh = issues.open(bob, { title: "fresh" });
    issues.change(bob, old.number, { title: "new", body: "b" });
    comments.create(bob, old.number, "hello");
    const changes = new Map([["realm.yaml", Buffer.from("new")]]);
    const expectedHead = branches.head(bob, "main").oid;
    branches.commit(bob, { branch: "main", expectedHead, message: "m", changes });
    const stale = await serveChecked(at);
    const read = async () => {
      const octokit = octokitFor(stale.url, "bob");
      const one = { ...names, issue_number: old.number };
      const { data } = await octokit.rest.issues.get(one);
      const listed = (await octokit.rest.issues.listForRepo(names)).data.map(({ number }) => number);
      const { repository } = await octokit.graphql<{ repository: object }>(
        `query { repository(owner: "wildlife", name: "atlas") { issue(number: ${old.number}) { title lastEditedAt
          comments(first: 1) { totalCount } } object(expression: "main:realm.yaml") { ... on Blob { text } } } }`,
      );
      return { rest: [data.title, data.body, data.comments], listed, repository };
    };
    try {
      expect(await read()).toEqual({
        rest: ["old", "a", 0],
        listed: [old.number],
        repository: {
          issue: { title: "old", lastEditedAt: null, comments: { totalCount: 0 } },
          object: { text: "old" },
        },
      });
      const missing = octokitFor(stale.url, "bob").rest.issues.get({ ...names, issue_number: fresh.number });
      await expect(missing).rejects.toMatchObject({ status: 404 });
      clock += 1001;
      expect(await read()).toMatchObject({
        rest: ["new", "b", 1],
        listed: [fresh.number, old.number],
        repository: { issue: { title: "new" }, object: { text: "new" } },
      });
    } finally {
      await stale.close();
    }
  });

  it("loses, doubles and shuffles deliveries", async () => {
    const heard: number[] = [];
    const receiver: Server = createServer(async (request, response) => {
      heard.push(JSON.parse(await text(request)).issue.number);
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    try {
      const address = receiver.address();
      if (address === null || typeof address === "string") throw new Error("receiver listens on no port");
      await forge.createApp({ slug: "warren", webhookUrl: `http://127.0.0.1:${address.port}/` });
      forge.troubles = new Troubles({
        seed: 3,
        deliveries: { lost: 0.3, doubled: 0.3, late: 1, latestMs: 50 },
      });
      for (let count = 0; count < 40; count += 1)
        forge.repository().issues.open(forge.person("bob"), { title: "one" });
      await served.webhooks.settled();
      const distinct = new Set(heard);
      expect(distinct.size).toBeGreaterThan(20);
      expect(distinct.size).toBeLessThan(36);
      expect(heard.length).toBeGreaterThan(distinct.size);
      expect(heard).not.toEqual(heard.toSorted((a, b) => a - b));
    } finally {
      receiver.closeAllConnections();
      receiver.close();
    }
  });
});
