import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GitHubAllowance } from "../../../adapters/github/allowance.ts";
import { Refusal } from "../../../sandbox/forge/refusal.ts";
import { startWildlife, type Wildlife } from "./wildlife.ts";

let world: Wildlife;
beforeAll(async () => {
  world = await startWildlife();
});
afterAll(() => world.close());

/** A client that answers as a forge whose limits are used so far. */
const limited = (resources: object) =>
  Object.assign(Object.create(world.bot), {
    request: Object.assign(async () => ({ data: { resources } }), { endpoint: world.bot.request.endpoint }),
  });

describe("what GitHub still allows", () => {
  it("is all of it at the beginning", async () => {
    expect(await new GitHubAllowance(world.bot).left()).toBe(1);
  });

  it("is what the nearer of both limits leaves", async () => {
    const core = { limit: 5000, remaining: 4000 };
    expect(await new GitHubAllowance(limited({ core })).left()).toBe(0.8);
    const graphql = { limit: 5000, remaining: 500 };
    expect(await new GitHubAllowance(limited({ core, graphql })).left()).toBe(0.1);
    expect(await new GitHubAllowance(limited({ core, graphql: { limit: 0, remaining: 0 } })).left()).toBe(
      0.8,
    );
  });

  it("is all of it where nothing is limited, and unknown where the forge does not answer", async () => {
    world.refuseNext(/rate_limit/, new Refusal(404, "Rate limiting is not enabled."));
    expect(await new GitHubAllowance(world.bot).left()).toBe(1);
    world.refuseNext(/rate_limit/, new Refusal(403, "no"));
    await expect(new GitHubAllowance(world.bot).left()).rejects.toMatchObject({ name: "Failure" });
  });
});
