import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { HookDeliveries } from "../../adapters/github/deliveries.ts";
import { createLogger } from "../../app/logger.ts";
import { MissedDeliveries } from "../../app/missed-deliveries.ts";
import type { App } from "../../sandbox/forge/apps.ts";
import { Forge } from "../../sandbox/forge/forge.ts";
import { type ServedForge, serveForge } from "../../sandbox/forge/serve.ts";

let forge: Forge;
let served: ServedForge;
let app: App;
let hook: Server;
let status = 200;
const heard: string[] = [];
const outcomes: string[] = [];

beforeAll(async () => {
  forge = new Forge({ now: () => new Date(), owner: "wildlife", repository: "atlas", people: { alice: 1 } });
  served = await serveForge(forge);
  app = await forge.createApp({ slug: "warren", webhookSecret: "s" });
  hook = createServer((request, response) => {
    heard.push(String(request.headers["x-github-delivery"]));
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const address = hook.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  app.hook.url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  await served.close();
  await new Promise((resolve) => hook.close(resolve));
});

const deliveryLog = async () =>
  new HookDeliveries(
    new Octokit({
      baseUrl: served.url,
      authStrategy: createAppAuth,
      auth: { appId: app.id, privateKey: app.privateKey },
    }),
  );
const newMissed = () =>
  new MissedDeliveries({
    log: createLogger("error", () => undefined),
    deliveryLog,
    counted: (outcome) => outcomes.push(outcome),
  });
const opens = async () => {
  forge.repository().issues.open(forge.person("alice"), { title: "333.hula.atlas.sshkey.pub", body: "" });
  await served.webhooks.settled();
};
const asks = async (missed: MissedDeliveries) => {
  heard.length = 0;
  outcomes.length = 0;
  await missed.ask();
  await served.webhooks.settled();
  return { heard: heard.length, outcomes: [...outcomes] };
};

describe("deliveries that GitHub could not hand over", () => {
  it("are asked for at the start, once, in their order, and not those that were taken", async () => {
    await opens();
    status = 503;
    await opens();
    await opens();
    const failed = heard.slice(1);
    status = 200;
    const missed = newMissed();
    expect((await asks(missed)).outcomes).toEqual(["asked again", "asked again"]);
    expect(heard).toEqual(failed);
    expect(await asks(missed)).toEqual({ heard: 0, outcomes: [] });
    expect(await asks(newMissed())).toEqual({ heard: 0, outcomes: [] });
  });

  it("are given up after three tries", async () => {
    const missed = newMissed();
    await missed.ask();
    status = 500;
    await opens();
    expect(await asks(missed)).toEqual({ heard: 1, outcomes: ["asked again"] });
    expect(await asks(missed)).toEqual({ heard: 1, outcomes: ["asked again"] });
    expect(await asks(missed)).toEqual({ heard: 0, outcomes: ["given up"] });
    expect(await asks(missed)).toEqual({ heard: 0, outcomes: [] });
    expect((await asks(newMissed())).outcomes).toEqual(["given up"]);
    status = 200;
  });

  it("have ids that a JavaScript number would round", async () => {
    const id = "28487210280321025";
    const body = `[{"id": ${id}, "guid": "g", "event": "issues", "delivered_at": "2026-11-21T10:00:00Z", "status_code": 0}]`;
    const github = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    });
    await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
    const address = github.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const log = new HookDeliveries(new Octokit({ baseUrl: `http://127.0.0.1:${address.port}` }));
    const read = [];
    for await (const delivery of log.newest()) read.push(delivery);
    await new Promise((resolve) => github.close(resolve));
    expect(read).toMatchObject([{ id, taken: false }]);
  });
});
