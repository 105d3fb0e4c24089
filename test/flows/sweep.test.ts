import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { sweep } from "../../flows/sweep.ts";
import { KEYS } from "../fixtures/people.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";

let world: RealmOnForge;
beforeEach(async () => {
  world = await RealmOnForge.open();
});
afterEach(() => world.close());

/** What one sweep by a bot that remembers nothing asks, and which issues it read. */
async function freshSweep() {
  const before = world.requests.length;
  const read: number[] = [];
  const swept = await sweep(world.bot(), undefined, (issue) => read.push(issue));
  return { ...swept, read, requests: world.requests.length - before };
}

const strangers = (count: number) =>
  Array.from({ length: count }, (_, index) => world.opens("eve", `${index}.hula.atlas.sshkey.pub`, KEYS[3]));

describe("a sweep without a cursor", () => {
  it("costs a request a hundred issues where nothing changed, and 2.5 for each where people talked", async () => {
    const issues = strangers(60);
    for (let index = 0; index < 50; index += 1)
      world.opens("alice", `my receiver ${index} is broken`, "/approve");
    await freshSweep();
    const quiet = await freshSweep();
    expect(quiet).toMatchObject({ read: [], settled: 60, admitted: 0 });
    // Three pages, realm.yaml, the registry's head at both ends, the reading of the registry, the team.
    expect(quiet.requests).toBeLessThanOrEqual(10);
    const changed = issues.slice(0, 10);
    for (const issue of changed) world.says("eve", issue, "please");
    const { read, requests } = await freshSweep();
    expect(read).toEqual(changed);
    expect(requests).toBeLessThanOrEqual(quiet.requests + 2.5 * changed.length);
  }, 60_000);

  it("finds a command on an open and on a closed issue, and a text that was edited and edited back", async () => {
    const waiting = world.opens("bob", "controller-laptop.hula.atlas.sshkey.pub", KEYS[0]);
    const granted = world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[1]);
    const [refused = 0] = strangers(1);
    await freshSweep();
    expect((await freshSweep()).read).toEqual([]);
    const [command = ""] = /\/approve [0-9a-f]{12}/.exec(world.answers(waiting)[0] ?? "") ?? [];
    world.says("alice", waiting, command);
    world.says("alice", granted, "/revoke lost");
    const { issues } = world.forge.repository();
    for (const body of ["hello", KEYS[3]]) issues.change(world.forge.person("wildlife"), refused, { body });
    expect([...(await freshSweep()).read].sort()).toEqual([waiting, granted, refused].sort());
    expect(world.labels(waiting)).toEqual(["warren: granted"]);
    expect((await world.record("hula/333.json"))?.revoked).toMatchObject({ reason: "lost" });
  });

  it("reads again what a new rule decides otherwise, and nothing else", async () => {
    const hula = world.opens("alice", "controller-laptop.hula.atlas.sshkey.pub", KEYS[0]);
    const [stranger = 0] = strangers(1);
    await freshSweep();
    await world.rewritesRealm((text) => `# a word\n${text}`);
    expect((await freshSweep()).read).toEqual([]);
    await world.rewritesRealm((text) =>
      text.replace(
        "{ who: [alice, bob], may: [controller], then: ask, approvals: 1 }",
        "{ who: [alice, bob], may: [controller], then: grant }",
      ),
    );
    const { read, cursor } = await freshSweep();
    expect(read).toEqual([hula]);
    expect(world.labels(hula)).toEqual(["warren: granted"]);
    expect(world.labels(stranger)).toEqual(["warren: refused"]);
    // The registry moved: what was passed by is looked at once more.
    expect(cursor).toBeUndefined();
    expect((await freshSweep()).cursor).toBeDefined();
  });

  it("reads again what the registry or a team decides otherwise", async () => {
    const early = world.opens("alice", "333.hula.atlas.hostkey.pub", KEYS[1]);
    const outsider = world.opens("eve", "334.hula.atlas.sshkey.pub", KEYS[2]);
    await freshSweep();
    world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
    world.forge.teams.set("field", "eve");
    await freshSweep();
    await freshSweep();
    expect(world.labels(early)).toEqual(["warren: granted"]);
    expect(world.labels(outsider)).toEqual(["warren: waiting"]);
  });

  it("trusts no answer that somebody else edited", async () => {
    const [issue = 0] = strangers(1);
    await freshSweep();
    const { comments } = world.forge.repository();
    const [answer] = comments.list(world.forge.person("wildlife"), issue);
    comments.edit(
      world.forge.person("wildlife"),
      answer?.id ?? 0,
      answer?.text.body.replace("Refused", "Granted") ?? "",
    );
    expect((await freshSweep()).read).toEqual([issue]);
    expect(world.answers(issue)[0]).toContain("Refused");
  });
});
