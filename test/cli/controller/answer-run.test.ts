import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { approveIssue } from "../../../cli/controller/answer-run.ts";
import { admit } from "../../../flows/admit.ts";
import { KEYS } from "../../fixtures/people.ts";
import { RealmOnForge } from "../../fixtures/realm-on-forge.ts";

const before = { ...process.env };
let world: RealmOnForge;
let issue: number;
let shown: string;
beforeEach(async () => {
  world = await RealmOnForge.open();
  Object.assign(process.env, { GITHUB_API_URL: world.url, GITHUB_TOKEN: "sandbox-alice" });
  issue = world.opens("bob", "controller-1.hula.atlas.sshkey.pub", KEYS[0]);
  await admit(world.bot(), issue);
  shown = /\/approve ([0-9a-f]{12})/.exec(world.answers(issue).join())?.[1] ?? "";
});
afterEach(async () => {
  process.env = before;
  await world.close();
});

const approves = (digest: string | undefined) => approveIssue(`${issue}`, digest, "wildlife/atlas");
const outcome = async () => (await admit(world.bot(), issue)).kind;

describe("approveIssue", () => {
  it("approves the text whose digest is given", async () => {
    expect(await approves(shown)).toContain(`commented /approve ${shown} on `);
    expect(await outcome()).toBe("granted");
  });

  it("shows the issue where no digest is given, and approves nothing", async () => {
    await expect(approves(undefined)).rejects.toMatchObject({
      code: "usage",
      hint: expect.stringContaining(`warren approve ${issue} ${shown}`),
    });
    expect(await outcome()).toBe("waiting");
  });

  it("refuses a digest that isn't the one shown, and one of an issue that waits for nobody", async () => {
    await expect(approves("000000000000")).rejects.toMatchObject({ code: "refused" });
    const talk = world.opens("bob", "receiver 3 is broken", "help");
    await expect(approveIssue(`${talk}`, shown, "wildlife/atlas")).rejects.toMatchObject({ code: "refused" });
    expect(await outcome()).toBe("waiting");
  });

  it("refuses a text that was edited since the bot showed its digest", async () => {
    const { issues } = world.forge.repository();
    issues.change(world.forge.person("bob"), issue, { body: KEYS[1] });
    await expect(approves(shown)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("as it stands has the digest"),
    });
    expect(await outcome()).toBe("waiting");
  });
});
