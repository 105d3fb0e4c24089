import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { GitHubInbox } from "../../../adapters/github/inbox.ts";
import { GitHubIssues } from "../../../adapters/github/submissions.ts";
import { startWildlife, type Wildlife, wildlife } from "./wildlife.ts";

let world: Wildlife;
const issuesOf = (login: string) => new GitHubIssues(world.as(login), wildlife);

beforeAll(async () => {
  world = await startWildlife();
});
afterAll(() => world.close());

describe("a person's issues", () => {
  it("are opened, and show the bot's answer once there is one", async () => {
    const bob = issuesOf("bob");
    const number = await bob.open("333.hula.atlas.enroll", "body");
    const url = `${world.url}/wildlife/atlas/issues/${number}`;
    expect(await bob.status(number)).toEqual({ number, state: "open", body: "body", url });

    await bob.comment(number, "please");
    const inbox = new GitHubInbox(world.bot, wildlife, { self: { appId: world.app.id } });
    await inbox.answer(number, { body: "**Granted.**", label: "warren: granted", state: "completed" });
    expect(await bob.status(number)).toEqual({
      number,
      state: "closed",
      label: "warren: granted",
      body: "body",
      comment: "**Granted.**",
      url,
    });
  });

  it("are found again by their exact title, the newest first, and nobody else's", async () => {
    const title = "444.hula.atlas.enroll";
    expect(await issuesOf("alice").findOwn(title)).toBeUndefined();
    await issuesOf("alice").open(title, "one");
    const newest = await issuesOf("alice").open(title, "two");
    await issuesOf("alice").open(`${title} `, "three");
    await issuesOf("bob").open(title, "four");
    expect(await issuesOf("alice").findOwn(title)).toMatchObject({ number: newest });
  });
});
