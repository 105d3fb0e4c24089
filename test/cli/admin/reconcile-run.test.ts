import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { reconcileFromHere } from "../../../cli/admin/reconcile-run.ts";
import { verifyFromHere, verifyLines } from "../../../cli/admin/verify-run.ts";
import { admit } from "../../../flows/admit.ts";
import { KEYS } from "../../fixtures/people.ts";
import { RealmOnForge } from "../../fixtures/realm-on-forge.ts";

const before = { ...process.env };
const BROKER = /^broker:[\s\S]*?(?=^\S)/m;
const repository = "wildlife/atlas";
let world: RealmOnForge;
beforeEach(async () => {
  world = await RealmOnForge.open();
  // Its certificates come from a service of its own, which a command in a shell would reach by AWS's own settings.
  await world.rewritesRealm((text) => text.replace(BROKER, ""));
  Object.assign(process.env, { GITHUB_API_URL: world.url, GITHUB_TOKEN: "sandbox-wildlife" });
  world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
  world.opens("alice", "receiver 3 is broken", "help");
});
afterEach(async () => {
  process.env = before;
  await world.close();
});

const reconciles = (dryRun = false) => reconcileFromHere({ repository, dryRun });

describe("reconcileFromHere", () => {
  it("answers what waits, and finds nothing to do the next time", async () => {
    const first = await reconciles();
    expect(first).toMatchObject({ exit: 0, document: { issues: { read: 1, failed: [] } } });
    expect(await world.record("hula/333.json")).toMatchObject({ sshKeys: [{ evidence: { issue: 1 } }] });
    const again = await reconciles();
    expect(again).toMatchObject({ exit: 0, document: { issues: { read: 0, settled: 1 }, systems: [] } });
    expect(again.lines).toContain("registry and certificates are as they should be");
  });

  it("changes nothing by a dry run, and ends with 1 where there is something to do", async () => {
    await admit(world.bot(), 1);
    const files = world.files();
    const planned = { dryRun: true, systems: [{ system: "hula" }] };
    expect(await reconciles(true)).toMatchObject({ exit: 1, document: planned });
    expect(world.files()).toEqual(files);
  });

  it("wants a token", async () => {
    delete process.env.GITHUB_TOKEN;
    delete process.env.GH_TOKEN;
    await expect(reconciles()).rejects.toMatchObject({ code: "usage" });
    await expect(verifyFromHere({ repository })).rejects.toMatchObject({ code: "usage" });
  });
});

describe("verifyFromHere", () => {
  it("finds every record as realm.yaml grants it, and the one whose rule is gone", async () => {
    await reconciles();
    const whole = await verifyFromHere({ repository });
    expect(verifyLines(whole)).toEqual(["1 record, all as realm.yaml grants them"]);
    await world.rewritesRealm((text) =>
      text.replace(BROKER, "").replace("may: [device], then: grant", "may: [device], then: refuse"),
    );
    const { findings } = await verifyFromHere({ repository });
    expect(findings).toMatchObject([{ computer: "333.hula.atlas", issue: 1, kind: "now" }]);
  });

  it("needs the registry beside a realm.yaml that is a file", async () => {
    await expect(verifyFromHere({ realm: "realm.yaml" })).rejects.toMatchObject({ code: "usage" });
  });
});
