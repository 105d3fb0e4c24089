import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { StartedIot } from "../../sandbox/iot/start.ts";
import { runAction, type WorkflowRun } from "../../sandbox/runner.ts";
import { csrOf, sshKeyOf } from "../fixtures/made-keys.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";
import { buildAlone } from "../made/bundled.ts";
import { startedIot } from "../made/iot.ts";

let folder = "";
let main = "";
let realm: RealmOnForge;
let iot: StartedIot;
let started: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  main = await buildAlone("actions/process-submissions/main.ts", join(folder, "action.mjs"));
  realm = await RealmOnForge.open();
  iot = await startedIot();
  realm.forge.listen((event) => {
    if (event.name === "repository_dispatch") started.push(event.action);
  });
}, 60_000);

afterAll(async () => {
  await iot.close();
  await realm.close();
  await rm(folder, { recursive: true });
});

const run = (event: string, about: Record<string, unknown> = {}, inputs = {}): Promise<WorkflowRun> => {
  started = [];
  return runAction(event, {
    main,
    repository: "wildlife/atlas",
    forge: realm.url,
    token: realm.forge.tokens.issue(realm.app).token,
    inputs: { "app-slug": realm.app.slug, ...inputs },
    event: about,
    dir: folder,
    env: { PATH: process.env.PATH ?? "", ...iot.env },
  });
};

describe("the action process-submissions", () => {
  it("takes the event's issue first, then the others, and starts the sync once", async () => {
    const others = [1, 2].map((name) =>
      realm.opens("alice", `${name}.tern.atlas.sshkey.pub`, sshKeyOf(`boat ${name}`)),
    );
    const told = realm.opens("alice", "333.hula.atlas.x509.csr", csrOf("333", "hula"));
    const done = await run("issues", { action: "opened", issue: { number: told, title: "secret-title" } });
    expect(done).toMatchObject({ ok: true, outputs: { changed: "true", failed: "0" } });
    expect(JSON.parse(done.outputs.report ?? "").issues.worked).toEqual(
      [told, ...others].map((issue) => ({ issue, kind: "granted" })),
    );
    for (const issue of [told, ...others]) {
      expect(realm.labels(issue)).toEqual(["warren: granted"]);
      expect(realm.answers(issue)).toHaveLength(1);
    }
    expect(started).toEqual(["warren-registry"]);
    expect(done.summary).toContain(`- #${told} granted`);
    expect(`${done.log}${done.summary}`).not.toContain("secret-title");
  });

  it("does nothing twice, and starts no sync where nothing moved", async () => {
    const before = realm.requests.length;
    const done = await run("schedule");
    expect(done).toMatchObject({ ok: true, outputs: { changed: "false", failed: "0" } });
    expect(JSON.parse(done.outputs.report ?? "").issues).toEqual({ worked: [], settled: 3, failed: [] });
    const written = realm.requests.slice(before).filter((request) => !/^GET |\/graphql$/.test(request));
    expect(written).toEqual([]);
    expect(started).toEqual([]);
  });

  it("makes up for an event that was lost, by whichever run comes next", async () => {
    const lost = realm.opens("mallory", "1.tern.atlas.sshkey.pub", sshKeyOf("mallory"));
    const done = await run("issue_comment", { action: "created", issue: { number: 1 } });
    expect(done.ok).toBe(true);
    expect(realm.labels(lost)).toEqual(["warren: refused"]);
  });

  it("fails where its realm can't be reached or its inputs mean nothing, and says so", async () => {
    const wrong = await run("issues", { issue: { number: 1 } }, { "look-back": "yesterday" });
    expect(wrong).toMatchObject({ ok: false });
    expect(wrong.log).toMatch(/^::error::input "look-back": "yesterday" is no duration/m);
  });
});
