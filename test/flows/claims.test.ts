import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { proofText } from "../../core/computer/enrollment.ts";
import { parseComputerId } from "../../core/names.ts";
import { printEnrollForm } from "../../core/submission/form.ts";
import { admit } from "../../flows/admit.ts";
import { sweep } from "../../flows/sweep.ts";
import { sealOf } from "../fixtures/in-memory-proofs.ts";
import { sshKeyOf } from "../fixtures/made-keys.ts";
import { type Foundry, openFoundry, RealmInMemory } from "../fixtures/realm-in-memory.ts";

const KEY = sshKeyOf("the owner's");
const OWNERS = "333.hula.atlas";
const THIEFS = "334.hula.atlas";

let foundry: Foundry;
let world: RealmInMemory;
beforeAll(async () => {
  foundry = await openFoundry();
});
beforeEach(async () => {
  world = await RealmInMemory.open(foundry);
});

const admits = async (issue: number) => (await admit(world.bot(), issue)).kind;
const answer = (issue: number): string => world.answers(issue).join("\n");
const recordOf = (computer: string) => world.records().find(({ id }) => id.computer === computer);

const proved = (login: string, id: string, key = KEY, signer = key): string => {
  const read = parseComputerId(id);
  if (!read.ok) throw new Error(read.problem);
  return printEnrollForm({ key, proof: sealOf(proofText(read.value, login), signer) });
};

async function approves(login: string, issue: number): Promise<string> {
  world.says(login, issue, /\/approve [0-9a-f]{12}/.exec(answer(issue))?.[0] ?? "");
  world.passes(1);
  return admits(issue);
}

describe("two claims to one SSH key", () => {
  it("asks about the proved one, where a thief without a proof was let in first, and then moves the key", async () => {
    const theft = world.opens("bob", `${THIEFS}.sshkey.pub`, KEY);
    expect(await admits(theft)).toBe("granted");
    const claim = world.opens("alice", `${OWNERS}.enroll`, proved("alice", OWNERS));
    expect(await admits(claim)).toBe("waiting");
    expect(answer(claim)).toContain("was enrolled for 334.hula.atlas by bob (583232), without a proof");

    expect(await approves("bob", claim)).toBe("granted");
    expect(recordOf("333")?.sshKeys).toMatchObject([{ key: KEY, evidence: { proven: true } }]);
    expect(recordOf("334")).toMatchObject({ sshKeys: [], refused: [] });
    expect(recordOf("334")?.port).toBeUndefined();

    await sweep(world.bot());
    expect(await admits(theft)).toBe("refused");
    expect(recordOf("333")?.sshKeys).toHaveLength(1);
    expect(recordOf("334")?.sshKeys).toEqual([]);
  });

  it("lets the owner in as if nothing had been, while the thief's claim only waits", async () => {
    const theft = world.opens("mallory", `${THIEFS}.sshkey.pub`, KEY);
    expect(await admits(theft)).toBe("waiting");
    const claim = world.opens("alice", `${OWNERS}.enroll`, proved("alice", OWNERS));
    expect(await admits(claim)).toBe("granted");
    expect(await admits(theft)).toBe("refused");
  });

  it("moves the key also where the thief took the name with it, and refuses it to nobody", async () => {
    await admits(world.opens("bob", `${OWNERS}.sshkey.pub`, KEY));
    const claim = world.opens("alice", `${OWNERS}.enroll`, proved("alice", OWNERS));
    expect(await admits(claim)).toBe("waiting");
    expect(await approves("bob", claim)).toBe("granted");
    expect(recordOf("333")).toMatchObject({
      port: 61333,
      sshKeys: [{ evidence: { submitter: { login: "alice" }, proven: true } }],
      refused: [],
    });
  });

  it("refuses whoever comes after a proved claim, with a proof or without one", async () => {
    await admits(world.opens("alice", `${OWNERS}.enroll`, proved("alice", OWNERS)));
    expect(await admits(world.opens("bob", `${THIEFS}.sshkey.pub`, KEY))).toBe("refused");
    const both = world.opens("bob", `${THIEFS}.enroll`, proved("bob", THIEFS));
    expect(await admits(both)).toBe("refused");
    expect(answer(both)).toContain("is enrolled for 333.hula.atlas already");
  });

  it("takes a copied proof for none: it names the account and the computer", async () => {
    await admits(world.opens("alice", `${OWNERS}.sshkey.pub`, KEY));
    for (const body of [
      proved("alice", THIEFS),
      proved("bob", OWNERS),
      proved("bob", THIEFS, KEY, sshKeyOf("x")),
    ]) {
      expect(await admits(world.opens("bob", `${THIEFS}.enroll`, body))).toBe("refused");
    }
    expect(recordOf("333")?.sshKeys).toHaveLength(1);
    expect(recordOf("334")).toBeUndefined();
  });

  it("leaves a key that was revoked refused, whoever proves it", async () => {
    const first = world.opens("alice", `${OWNERS}.sshkey.pub`, KEY);
    await admits(first);
    world.says("alice", first, "/revoke lost");
    world.passes(1);
    await admits(first);
    expect(await admits(world.opens("alice", `${OWNERS}.enroll`, proved("alice", OWNERS)))).toBe("refused");
  });
});

describe("host keys", () => {
  it("ask an admin when they come from another account than the SSH key", async () => {
    await admits(world.opens("alice", `${OWNERS}.sshkey.pub`, KEY));
    const foreign = world.opens("bob", `${OWNERS}.hostkey.pub`, sshKeyOf("bob's"));
    expect(await admits(foreign)).toBe("waiting");
    expect(answer(foreign)).toContain("was enrolled by alice (583231)");
    expect(recordOf("333")?.hostKeys).toEqual([]);
    expect(await approves("alice", foreign)).toBe("granted");
  });

  it("come from the account of the SSH key without a question", async () => {
    await admits(world.opens("alice", `${OWNERS}.sshkey.pub`, KEY));
    const own = world.opens("alice", `${OWNERS}.hostkey.pub`, sshKeyOf("host"));
    expect(await admits(own)).toBe("granted");
  });
});
