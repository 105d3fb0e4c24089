import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { MOST_WAITING } from "../../core/decision/limit.ts";
import { admit } from "../../flows/admit.ts";
import { sweep } from "../../flows/sweep.ts";
import { csrOf, sshKeyOf } from "../fixtures/made-keys.ts";
import { type Foundry, openFoundry, RealmInMemory } from "../fixtures/realm-in-memory.ts";

const DEVICE = "333.hula.atlas.sshkey.pub";
const CONTROLLER = "controller-1.hula.atlas.sshkey.pub";

let foundry: Foundry;
let world: RealmInMemory;
beforeAll(async () => {
  foundry = await openFoundry();
});
beforeEach(async () => {
  world = await RealmInMemory.open(foundry);
});

const admits = (issue: number) => admit(world.bot(), issue);
const answer = (issue: number): string => world.answers(issue).join("\n");
const record = () => world.records()[0];
const approval = (issue: number): string => /\/approve [0-9a-f]{12}/.exec(answer(issue))?.[0] ?? "";

/** A comment, the bot's answer to it, and what came of it. */
async function says(login: string, issue: number, body: string): Promise<string> {
  world.says(login, issue, body);
  world.passes(1);
  return (await admits(issue)).kind;
}

async function enrolled(): Promise<number> {
  const issue = world.opens("alice", DEVICE, sshKeyOf("first"));
  await admits(issue);
  return issue;
}

async function waiting(): Promise<number> {
  const issue = world.opens("bob", CONTROLLER, sshKeyOf("first"));
  await admits(issue);
  return issue;
}

describe("/revoke in a comment", () => {
  it("takes the computer out, on its own closed issue, and says so in the one comment", async () => {
    const issue = await enrolled();
    expect(await says("alice", issue, "/revoke lost in the river")).toBe("revoked");
    expect(record()).toMatchObject({
      sshKeys: [],
      revoked: { reason: "lost in the river", issue, comment: commentOfAlice(issue), by: { login: "alice" } },
      history: [{ kind: "revoke", issue }],
    });
    expect(world.answers(issue)).toHaveLength(1);
    expect(answer(issue)).toContain("revoked the computer");
    expect(world.face(issue)).toMatchObject({ state: "closed", labels: ["warren: revoked"] });
  });

  it("takes the certificate from the service too", async () => {
    const issue = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333", "hula"));
    await admits(issue);
    expect(world.certificates()).toHaveLength(1);
    await says("bob", issue, "/revoke stolen");
    expect(world.certificates()).toEqual([]);
  });

  it("is found by a sweep when its event was lost, and acts once, however often it is read", async () => {
    const issue = await enrolled();
    world.says("bob", issue, "/revoke stolen");
    world.passes(1);
    await sweep(world.bot());
    const after = record();
    expect(after?.revoked?.reason).toBe("stolen");
    await sweep(world.bot());
    expect(record()).toEqual(after);
  });

  it("doesn't act again once the computer was let in again", async () => {
    const issue = await enrolled();
    await says("alice", issue, "/revoke lost");
    const again = world.opens("alice", DEVICE, sshKeyOf("second"));
    expect((await admits(again)).kind).toBe("waiting");
    expect(await says("bob", again, approval(again))).toBe("granted");
    await sweep(world.bot());
    await admits(issue);
    expect(record()?.revoked).toBeUndefined();
    expect(record()?.sshKeys).toHaveLength(1);
    expect(record()?.history).toHaveLength(1);
  });

  it("stays done when its comment is deleted or edited", async () => {
    const issue = await enrolled();
    await says("alice", issue, "/revoke lost");
    world.forge.repository().comments.edit(world.forge.person("alice"), commentOfAlice(issue), "never mind");
    await admits(issue);
    expect(record()?.revoked?.reason).toBe("lost");
    world.forge.repository().comments.delete(world.forge.person("alice"), commentOfAlice(issue));
    await admits(issue);
    expect(record()?.revoked?.reason).toBe("lost");
  });

  it("acts once when two instances and a sweep read it at the same time", async () => {
    const issue = await enrolled();
    world.says("alice", issue, "/revoke lost");
    world.passes(1);
    await Promise.all([admits(issue), admits(issue), sweep(world.bot())]);
    expect(record()?.history).toHaveLength(1);
    expect(record()?.refused).toHaveLength(1);
  });

  it.each([
    ["mallory", "may not revoke 333.hula.atlas; these may: bob"],
    ["eve", "may not revoke 333.hula.atlas"],
  ])("does nothing for %s, and says who may", async (login, says) => {
    const issue = await enrolled();
    world.says(login, issue, "/revoke I want it");
    expect((await admits(issue)).kind).toBe("granted");
    expect(record()?.revoked).toBeUndefined();
    expect(answer(issue)).toContain(says);
  });

  it("does nothing once it was edited, and says so", async () => {
    const issue = await enrolled();
    world.says("alice", issue, "what now?");
    world.passes(1);
    const { comments } = world.forge.repository();
    comments.edit(world.forge.person("alice"), commentOfAlice(issue), "/revoke lost");
    expect((await admits(issue)).kind).toBe("granted");
    expect(answer(issue)).toContain("the comment was edited; write a new one");
  });

  it("does nothing to a computer whose name the title took on later", async () => {
    await enrolled();
    const other = world.opens("alice", "334.hula.atlas.sshkey.pub", sshKeyOf("second"));
    world.says("alice", other, "/revoke wrong number");
    world.passes(1);
    world.forge.repository().issues.change(world.forge.person("alice"), other, { title: DEVICE });
    world.passes(1);
    await admits(other);
    expect(record()?.revoked).toBeUndefined();
    expect(answer(other)).toContain("the title was changed after it");
  });

  it("needs a reason", async () => {
    const issue = await enrolled();
    expect(await says("alice", issue, "/revoke")).toBe("granted");
    expect(answer(issue)).toContain("takes a reason");
  });
});

describe("/deny in a comment", () => {
  it("refuses exactly this text, for good, and keeps no computer for it", async () => {
    const issue = await waiting();
    expect(await says("alice", issue, "/deny never heard of it")).toBe("refused");
    expect(record()).toMatchObject({
      sshKeys: [],
      history: [{ kind: "deny", issue, by: { login: "alice" } }],
    });
    expect(record()?.port).toBeUndefined();
    expect(answer(issue)).toContain("never heard of it");
    expect(world.face(issue)).toMatchObject({ state: "closed", labels: ["warren: refused"] });

    world.forge.repository().comments.delete(world.forge.person("alice"), commentOfAlice(issue));
    expect((await admits(issue)).kind).toBe("refused");
    expect(await says("alice", issue, "/approve 000000000000")).toBe("refused");
  });

  it("comes too late for an approval, and leaves the approved text in", async () => {
    const issue = await waiting();
    world.says("alice", issue, approval(issue));
    world.says("alice", issue, "/deny after all");
    world.passes(1);
    expect((await admits(issue)).kind).toBe("granted");
    expect(answer(issue)).toContain("/revoke takes the computer out");
    expect(record()?.history).toEqual([]);
  });

  it("comes before an approval that follows it", async () => {
    const issue = await waiting();
    world.says("alice", issue, "/deny no");
    world.says("alice", issue, approval(issue));
    world.passes(1);
    expect((await admits(issue)).kind).toBe("refused");
  });

  it("speaks of one text: an edited one is decided anew", async () => {
    const issue = await waiting();
    await says("alice", issue, "/deny wrong key");
    world.rewrites("bob", issue, sshKeyOf("second"));
    world.passes(1);
    expect((await admits(issue)).kind).toBe("waiting");
    expect(await says("alice", issue, approval(issue))).toBe("granted");
  });

  it.each(["bob", "mallory"])("does nothing for %s: the submitter, a stranger", async (login) => {
    const issue = await waiting();
    expect(await says(login, issue, "/deny no")).toBe("waiting");
    expect(record()).toBeUndefined();
    expect(answer(issue)).toContain("does nothing");
  });
});

describe("/approve in a comment", () => {
  it.each([
    ["bob", undefined, "had a hand in the text"],
    ["mallory", undefined, "is no admin of hula"],
    ["alice", "/approve 000000000000", "it names 000000000000"],
    ["alice", "/approve", "takes the twelve digits"],
  ])("by %s with %j does nothing, and is told why", async (login, words, why) => {
    const issue = await waiting();
    expect(await says(login, issue, words ?? approval(issue))).toBe("waiting");
    expect(answer(issue)).toContain(why);
  });

  it("is told that it counted", async () => {
    const issue = await waiting();
    expect(await says("alice", issue, approval(issue))).toBe("granted");
    expect(answer(issue)).toContain("counted; the computer is in");
  });
});

describe("/explain and /retry in a comment", () => {
  it("explains a computer that is in: its key, who let it in, by which rule", async () => {
    const issue = await enrolled();
    expect(await says("mallory", issue, "/explain")).toBe("granted");
    expect(answer(issue)).toContain("333.hula.atlas has access");
    expect(answer(issue)).toContain("alice (583231)");
    expect(world.answers(issue)).toHaveLength(1);
  });

  it("decides a refused text again, when the world has changed", async () => {
    const first = await enrolled();
    const second = world.opens("alice", "334.hula.atlas.hostkey.pub", sshKeyOf("host"));
    expect((await admits(second)).kind).toBe("refused");
    await admits(world.opens("alice", "334.hula.atlas.sshkey.pub", sshKeyOf("second")));
    expect(await says("mallory", second, "/retry")).toBe("granted");
    expect(answer(first)).not.toContain("Commands");
  });

  it("keeps the answer short when commands are many", async () => {
    const issue = await enrolled();
    for (let i = 0; i < 15; i++) world.says("mallory", issue, `/deny ${"x".repeat(400)}`);
    world.passes(1);
    await admits(issue);
    expect(answer(issue)).toContain("5 earlier commands are left out here");
    expect(answer(issue).length).toBeLessThan(10_000);
  });
});

describe("a limit on what waits", () => {
  it("lets no account bury the others' under its own", async () => {
    const issues = Array.from({ length: MOST_WAITING + 1 }, (_, i) =>
      world.opens("bob", `controller-${i}.hula.atlas.sshkey.pub`, sshKeyOf(`key ${i}`)),
    );
    for (const issue of issues) await admits(issue);
    const last = issues.at(-1) ?? 0;
    expect(world.face(last).labels).toEqual(["warren: refused"]);
    expect(answer(last)).toContain("20 submissions of this account wait already");
    expect(world.face(issues[19] ?? 0).labels).toEqual(["warren: waiting"]);

    const first = issues[0] ?? 0;
    await says("alice", first, approval(first));
    expect(await says("bob", last, "/retry")).toBe("waiting");
  });
});

const commentOfAlice = (issue: number): number =>
  world.issue(issue).comments.findLast(({ author }) => author.login === "alice")?.id ?? 0;
