import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { printRecord } from "../../core/registry/print-record.ts";
import { admit } from "../../flows/admit.ts";
import { verify } from "../../flows/verify.ts";
import { KEYS } from "../fixtures/people.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";

let world: RealmOnForge;
beforeEach(async () => {
  world = await RealmOnForge.open();
  await admit(world.bot(), world.opens("bob", "333.hula.atlas.sshkey.pub", KEYS[0]));
  await admit(world.bot(), world.opens("alice", "boat.tern.atlas.sshkey.pub", KEYS[1]));
});
afterEach(() => world.close());

const verified = () => verify(world.bot());

describe("verify", () => {
  it("finds nothing where realm.yaml still says what it said", async () => {
    expect(await verified()).toEqual({ computers: 2, findings: [], oddities: [] });
  });

  it("lists what a rule of today would refuse", async () => {
    await world.rewritesRealm((text) =>
      text.replace("who: [alice], may: [device, controller]", "who: [bob], may: [device, controller]"),
    );
    const { findings } = await verified();
    expect(findings).toMatchObject([{ computer: "boat.tern.atlas", kind: "now", issue: 2 }]);
  });

  it("lists devices whose enroller has left", async () => {
    await world.rewritesRealm((text) => text.replace("bob: 583232", "bob: 42"));
    const { findings } = await verified();
    expect(findings).toMatchObject([
      { computer: "333.hula.atlas", kind: "left", says: "bob (583232), who enrolled it, has left" },
    ]);
  });

  it("lists what its own rule never allowed: a record that somebody wrote by hand", async () => {
    const { branches } = world.forge.repository();
    const admin = world.forge.person("wildlife");
    const before = await world.record("tern/boat.json");
    const [key] = before?.sshKeys ?? [];
    if (before === undefined || key === undefined) throw new Error("no record");
    const forged = {
      ...before,
      sshKeys: [
        {
          ...key,
          evidence: { ...key.evidence, rule: "systems.tern.trust[0]", submitter: { id: 99, login: "eve" } },
        },
      ],
    };
    const changes = new Map([["tern/boat.json", Buffer.from(printRecord(forged))]]);
    const expectedHead = branches.head(admin, "registry").oid;
    branches.commit(admin, { branch: "registry", expectedHead, message: "x", changes });
    expect((await verified()).findings.map(({ kind }) => kind)).toEqual(["then", "left"]);
  });

  it("says what a renamed realm and a vanished system would break", async () => {
    await world.rewritesRealm((text) => text.replace("  tern:\n", "  stern:\n"));
    expect((await verified()).oddities).toMatchObject([{ kind: "system" }]);
    await world.rewritesRealm((text) => text.replace("realm: atlas", "realm: globe"));
    expect((await verified()).oddities).toMatchObject([{ kind: "realm" }]);
  });
});
