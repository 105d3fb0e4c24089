import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { newPrivateKey, type Permissions } from "../../sandbox/forge/apps.ts";
import { runAction, type WorkflowRun } from "../../sandbox/runner.ts";
import { bob } from "../fixtures/people.ts";
import { controllerOf, Proposals } from "../fixtures/pull-requests.ts";
import { buildAlone } from "../made/bundled.ts";

let folder = "";
let main = "";
let realm: Proposals;
const tokens = { writes: "", reads: "" };
const READS: Permissions = {
  metadata: "read",
  contents: "read",
  issues: "read",
  checks: "read",
  pull_requests: "read",
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  main = await buildAlone("actions/check-realm/main.ts", join(folder, "action.mjs"));
  realm = await Proposals.open([controllerOf(bob, "laptop")]);
  const { forge } = realm.world;
  const privateKey = await newPrivateKey();
  const writes = { ...READS, issues: "write", checks: "write", pull_requests: "write" } as const;
  const app = await forge.createApp({ slug: "github-actions", privateKey, permissions: writes });
  tokens.writes = forge.tokens.issue(app).token;
  const fork = await forge.createApp({ slug: "reader", privateKey, permissions: READS });
  tokens.reads = forge.tokens.issue(fork).token;
});

afterAll(async () => {
  await realm.world.close();
  await rm(folder, { recursive: true });
});

const run = (token: string, number?: number): Promise<WorkflowRun> =>
  runAction("pull_request", {
    main,
    repository: "wildlife/atlas",
    forge: realm.world.url,
    token,
    inputs: {},
    event: number === undefined ? {} : { pull_request: { number } },
    dir: folder,
  });
const comments = (number: number) =>
  realm.world.forge.repository().comments.list(realm.world.forge.person("alice"), number);

describe("the action check-realm", () => {
  it("writes one check and one comment where its token may, and the same into the summary", async () => {
    const number = realm.proposes((text) => text.replace("bob: 583232", "bob: 42"));
    for (const _ of ["once", "again"]) {
      const done = await run(tokens.writes, number);
      expect(done).toMatchObject({ ok: true, outputs: { conclusion: "success" } });
      expect(done.summary).toContain("controller-laptop.hula.atlas");
    }
    expect(comments(number)).toHaveLength(1);
    expect(realm.runs(number)).toMatchObject([{ name: "warren", conclusion: "success" }]);
  });

  it("says all in the job of a fork, where its token may write nothing", async () => {
    const number = realm.proposes((text) => text.replace("freeze: false", "freeze: maybe"), {
      fork: "mallory",
    });
    const done = await run(tokens.reads, number);
    expect(done).toMatchObject({ ok: false, outputs: { conclusion: "failure" } });
    expect(done.log).toMatch(/^::error file=realm\.yaml,line=\d+,col=\d+::freeze: "maybe" is not allowed/m);
    expect(done.summary).toContain("realm.yaml would be invalid");
    expect([comments(number), realm.runs(number)]).toEqual([[], []]);

    // Its schedule's run may write, and takes all that are open.
    const all = await run(tokens.writes);
    expect(all.ok).toBe(true);
    expect(JSON.parse(all.outputs.report ?? "")).toContainEqual({
      number,
      conclusion: "failure",
      title: "realm.yaml has 1 problem",
    });
    expect(comments(number)).toHaveLength(1);
  });

  it("fails where realm.yaml can't be judged, and leaves alone who doesn't touch it", async () => {
    const number = realm.proposes((text) => text);
    expect(await run(tokens.writes, number)).toMatchObject({
      ok: true,
      outputs: { conclusion: "", report: "[]" },
    });
    expect(await run("ghs_none", number)).toMatchObject({ ok: false });
  });
});
