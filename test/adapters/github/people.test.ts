import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GitHubPeople } from "../../../adapters/github/people.ts";
import { Refusal } from "../../../sandbox/forge/refusal.ts";
import { startWildlife, type Wildlife } from "./wildlife.ts";

let world: Wildlife;
let people: GitHubPeople;
const field = { team: "wildlife/field" };
const bob = { id: 583232, login: "bob" };

beforeAll(async () => {
  world = await startWildlife();
  people = new GitHubPeople(world.bot);
});
afterAll(() => world.close());

describe("team membership", () => {
  it("is an active one of the account with that id", async () => {
    expect(await people.isMember(field, bob)).toBe(true);
    expect(await people.isMember(field, { id: 583231, login: "alice" })).toBe(false);
  });

  it("does not follow a login: a namesake has another id", async () => {
    expect(await people.isMember(field, { id: 583231, login: "bob" })).toBe(false);
    expect(await people.isMember(field, { id: 583232, login: "renamed-since" })).toBe(true);
  });

  it("is none while the invitation is pending, or of an unknown account", async () => {
    world.forge.teams.set("field", "tess", { role: "member", state: "pending" });
    expect(await people.isMember(field, { id: 7, login: "tess" })).toBe(false);
    expect(await people.isMember(field, { id: 999, login: "bob" })).toBe(false);
  });

  it.each(["wildlife/nobody", "other/field"])("can't be told of a team that is gone: %s", async (team) => {
    await expect(people.isMember({ team }, bob)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("can't be told, rather than none, where the forge says anything but 404", async () => {
    for (const status of [403, 429, 500] as const) {
      world.refuseNext(/memberships/, new Refusal(status, "no"));
      await expect(people.isMember(field, bob)).rejects.toMatchObject({
        name: "Failure",
        code: "unavailable",
      });
    }
  });
});
