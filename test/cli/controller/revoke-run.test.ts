import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { GitHubIssues } from "../../../adapters/github/submissions.ts";
import { revokeFromHere } from "../../../cli/controller/revoke-run.ts";
import { sweep } from "../../../flows/sweep.ts";
import { KEYS } from "../../fixtures/people.ts";
import { RealmOnForge } from "../../fixtures/realm-on-forge.ts";

let world: RealmOnForge;
beforeEach(async () => {
  world = await RealmOnForge.open();
  world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
  world.opens("bob", "334.hula.atlas.sshkey.pub", KEYS[1]);
  world.opens("alice", "boat.tern.atlas.sshkey.pub", KEYS[2]);
  await sweep(world.bot());
});
afterEach(() => world.close());

const revokes = (more: { target?: string; person?: string; reason?: string }) => {
  const issues = new GitHubIssues(world.as("alice"), { owner: "wildlife", repo: "atlas" });
  const { target, person, reason = "lost" } = more;
  return revokeFromHere(issues, world.bot(), { target, person, reason, wait: false });
};
const gone = async () => {
  await sweep(world.bot());
  const { registry } = await world.bot().registry.snapshot();
  return [...registry.all()]
    .filter(({ revoked }) => revoked !== undefined)
    .map(({ id }) => id.computer)
    .sort();
};

describe("revokeFromHere", () => {
  it("revokes one computer", async () => {
    expect(await revokes({ target: "333.hula.atlas" })).toMatchObject([
      { computer: "333.hula.atlas", state: "open" },
    ]);
    expect(await gone()).toEqual(["333"]);
  });

  it("revokes every computer of a system", async () => {
    expect(await revokes({ target: "hula" })).toHaveLength(2);
    expect(await gone()).toEqual(["333", "334"]);
  });

  it("revokes all that a person enrolled", async () => {
    await revokes({ person: "Alice" });
    expect(await gone()).toEqual(["333", "boat"]);
  });

  it("says where there is nothing to revoke, and wants a reason", async () => {
    await expect(revokes({ person: "eve" })).rejects.toMatchObject({ code: "refused" });
    await expect(revokes({ target: "stork" })).rejects.toMatchObject({ code: "refused" });
    await expect(revokes({ target: "333.hula.atlas", reason: " " })).rejects.toMatchObject({ code: "usage" });
  });
});
