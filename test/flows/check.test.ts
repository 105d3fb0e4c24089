import { afterEach, describe, expect, it } from "@jest/globals";
import { unavailable } from "../../core/failure.ts";
import { Refusal } from "../../sandbox/forge/refusal.ts";
import { alice, bob, mallory } from "../fixtures/people.ts";
import { controllerOf, deviceOf, Proposals, realmText } from "../fixtures/pull-requests.ts";
import { madeKey } from "../made/access.ts";

let realm: Proposals;
afterEach(() => realm.world.close());

const lineOf = (text: string, part: string): number =>
  text.split("\n").findIndex((line) => line.includes(part)) + 1;
const RECORDS = [
  deviceOf(alice, 301),
  deviceOf(bob, 333),
  deviceOf(bob, 334),
  controllerOf(alice, "desk"),
  controllerOf(bob, "laptop"),
  controllerOf(bob, "phone"),
];
const withoutBob = (text: string): string =>
  text
    .replace(/^ {2}bob: 583232.*\n/m, "")
    .replace("admins: [bob]", "admins: [alice]")
    .replaceAll("who: [alice, bob]", "who: [alice]")
    .replace('then: ask, approvals: 1 }\n      - { who: ["@', 'then: grant }\n      - { who: ["@')
    .replace('named: "3*", then: ask, approvals: 1,', 'named: "3*", then: grant,');

describe("a pull request on realm.yaml", () => {
  it("that breaks it in seven ways gets seven annotations, each on its line", async () => {
    realm = await Proposals.open([]);
    const broken = realmText
      .replace("freeze: false", "freeze: perhaps")
      .replace("admins: [alice]", "admins: [carol]")
      .replace("allocate: number ", "allocate: random ")
      .replace("proxy: eu\n    ports: 62000-62099", "proxy: us\n    ports: 62000-62099")
      .replace("login: [deck]", "login: [deck, deck]")
      .replace("rotation: { overlap: 7d }", "rotation: { overlap: 7 days }")
      .replace("bob: 583232", "bob: 583231");
    const number = realm.proposes(() => broken);
    expect(await realm.check(number)).toMatchObject({ kind: "shown", report: { conclusion: "failure" } });
    const [run, ...more] = realm.runs(number);
    expect(more).toEqual([]);
    expect(run).toMatchObject({ name: "warren", status: "completed", conclusion: "failure" });
    expect(run?.annotations.map(({ start_line, path }) => [path, start_line])).toEqual(
      [
        "bob: 583231",
        "admins: [carol]",
        "allocate: random",
        "proxy: us",
        "[deck, deck]",
        "7 days",
        "perhaps",
      ].map((part) => ["realm.yaml", lineOf(broken, part)]),
    );
    expect(realm.comments(number)).toHaveLength(1);
    expect(realm.comments(number)[0]).toMatch(/^\*\*realm\.yaml would be invalid\./);
  });

  it("that removes a person shows which controllers lose access, and which devices are left without them", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes(withoutBob);
    expect(await realm.check(number)).toMatchObject({ kind: "shown", report: { conclusion: "success" } });
    const body = realm.comments(number)[0] ?? "";
    const lost = body.split("\n").filter((line) => line.startsWith("- loses: "));
    expect(lost.map((line) => line.split("`")[1])).toEqual([
      "controller-laptop.hula.atlas",
      "controller-phone.hula.atlas",
    ]);
    expect(lost.every((line) => line.endsWith("(bob (583232) left, who enrolled it)"))).toBe(true);
    const left = body.split("\n").filter((line) => line.includes("enrolled by"));
    expect(left.map((line) => line.split("`")[1])).toEqual(["333.hula.atlas", "334.hula.atlas"]);
    expect(body).toContain("**Proxy `eu`:** 2 lost, 0 gained, 0 changed.");
    expect(realm.runs(number)[0]?.output?.title).toBe(
      "2 keys would lose access, 2 devices would be left without who enrolled them, who decides or may be let in would change (8)",
    );
  });

  it("of a fork is read as data, by its head, and told the same", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes(withoutBob, { fork: "mallory" });
    expect(await realm.check(number)).toMatchObject({ kind: "shown", report: { conclusion: "success" } });
    expect(realm.comments(number)[0]).toContain("controller-laptop.hula.atlas");
    expect(realm.world.requests.filter((one) => one.includes("/mallory/"))).toEqual([]);
  });

  it("waits once half of what GitHub allows is used: the rest is for submissions", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes(withoutBob, { fork: "mallory" });
    const asked = realm.world.requests.length;
    expect(await realm.check(number, { allowance: { left: async () => 0.49 } })).toEqual({
      kind: "postponed",
    });
    expect(realm.world.requests.length).toBe(asked);
    expect(realm.runs(number)).toEqual([]);
    expect(await realm.check(number)).toMatchObject({ kind: "shown" });
  });

  it("that leaves none of today's realm admins is stopped, and told how it is done", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes((text) => text.replace("admins: [alice] ", "admins: [bob] "));
    expect(await realm.check(number)).toMatchObject({ report: { conclusion: "failure" } });
    expect(realm.comments(number)[0]).toContain("**Don't merge this.**\n- the last admin would go");
    const both = realm.proposes((text) => text.replace("admins: [alice] ", "admins: [alice, bob] "));
    expect(await realm.check(both)).toMatchObject({ report: { conclusion: "success" } });
  });

  it("that names its author an admin, or lets somebody be let in, says so although no key moves", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes(
      (text) =>
        text
          .replace("bob: 583232", "bob: 583232\n  mallory: 666")
          .replace("admins: [alice] ", "admins: [alice, mallory] ")
          .replace("admins: [bob]", "admins: [bob, mallory]")
          .replace(
            "- { who: [alice, bob], may: [device]",
            "- { who: [mallory], may: [controller], then: grant, for: 36h }\n      $&",
          ),
      { fork: "mallory" },
    );
    await realm.check(number);
    const [body = ""] = realm.comments(number);
    expect(body).toContain("**Who decides, and who may be let in, would change:**");
    expect(body.replaceAll("\\", "")).toContain("mallory (666) would become a realm admin");
    expect(body.replaceAll("\\", "")).toContain("mallory (666) would become an admin of hula");
    expect(body.replaceAll("\\", "")).toContain(
      "new rule of hula: mallory (666) for controllers: grant, for 36h",
    );
    expect(realm.runs(number)[0]?.output?.title).toBe("who decides or may be let in would change (3)");
  });

  it("that gives an admin's login another account's id is stopped too", async () => {
    realm = await Proposals.open([]);
    const number = realm.proposes((text) => text.replace("alice: 583231", "alice: 666"));
    expect(await realm.check(number)).toMatchObject({ report: { conclusion: "failure" } });
    expect(realm.comments(number)[0]).toContain('`"alice"` is another account then: 583231 becomes 666');
  });

  it("that renames the realm is stopped; one that drops a system is told who goes", async () => {
    realm = await Proposals.open(RECORDS);
    const renamed = realm.proposes((text) => text.replace("realm: atlas", "realm: meadow"));
    expect(await realm.check(renamed)).toMatchObject({ report: { conclusion: "failure" } });
    expect(realm.comments(renamed)[0]).toContain("a realm can't be renamed");
    const dropped = realm.proposes((text) => text.replace(/\n {2}hula:\n[\s\S]*?\n(?= {2}tern:)/, "\n"));
    expect(await realm.check(dropped)).toMatchObject({ report: { conclusion: "success" } });
    expect(realm.comments(dropped)[0]).toContain("has 6 computers in the registry, and is not in realm.yaml");
    expect(realm.comments(dropped)[0]).toContain("6 lost, 0 gained");
  });

  it("that turns a system to legacy is told what that costs", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes((text) =>
      text.replace("login: [atlas] ", "legacy: true\n    login: [atlas] "),
    );
    await realm.check(number);
    expect(realm.comments(number)[0]).toContain("system hula is legacy: any of its devices may listen");
  });

  it("names the requests that it would turn, refused ones too, and links the rule", async () => {
    realm = await Proposals.open([]);
    const { issues, labels } = realm.world.forge.repository();
    const opens = (login: string, title: string) =>
      issues.open(realm.world.forge.person(login), { title, body: madeKey(title) });
    const waiting = opens("bob", "controller-new.hula.atlas.sshkey.pub");
    const refused = opens("mallory", "7.tern.atlas.sshkey.pub");
    const same = opens("alice", "8.tern.atlas.sshkey.pub");
    labels.add(realm.world.forge.person("alice"), refused, ["warren: refused"]);
    issues.change(realm.world.forge.person("alice"), refused.number, {
      state: "closed",
      stateReason: "not_planned",
    });
    const id = refused.author.id;
    const number = realm.proposes((text) =>
      text
        .replace("bob: 583232", `bob: 583232\n  mallory: ${id}`)
        .replace("may: [controller], then: ask, approvals: 1", "may: [controller], then: grant")
        .replace(
          "who: [alice], may: [device, controller]",
          "who: [alice, mallory], may: [device, controller]",
        ),
    );
    expect(await realm.check(number)).toMatchObject({ report: { conclusion: "success" } });
    const lines = (realm.comments(number)[0] ?? "").split("\n").filter((line) => line.startsWith("- #"));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      `- #${waiting.number} \`controller-new.hula.atlas\` would be granted; today's rules ask an admin`,
    );
    expect(lines[1]).toMatch(
      `- #${refused.number} \`7.tern.atlas\` would be granted; today's rules refuse it`,
    );
    expect(lines[1]).toMatch(/\[`systems\.tern\.trust\[0\]`\]\(http.*\/realm\.yaml#L\d+\)/);
    expect(lines.join()).not.toContain(`#${same.number} `);
  });

  it("that names a new team doesn't learn who is in it", async () => {
    realm = await Proposals.open([]);
    const title = "controller-new.tern.atlas.sshkey.pub";
    realm.world.forge
      .repository()
      .issues.open(realm.world.forge.person("bob"), { title, body: madeKey("a") });
    const number = realm.proposes(
      (text) =>
        text.replace(
          "who: [alice], may: [device, controller]",
          'who: ["@wildlife/secret"], may: [device, controller]',
        ),
      { fork: "mallory" },
    );
    await realm.check(number);
    expect(realm.world.requests.filter((one) => one.includes("/teams/secret"))).toEqual([]);
    expect(realm.comments(number)[0]).toContain("a team is asked for only once realm.yaml names it");
  });

  it("that touches something else gets nothing; one that no longer touches it, a neutral word", async () => {
    realm = await Proposals.open([]);
    const other = realm.proposes((text) => text);
    expect(await realm.check(other)).toEqual({ kind: "untouched" });
    expect([realm.comments(other), realm.runs(other)]).toEqual([[], []]);
    const number = realm.proposes((text) => text.replace("freeze: false", "freeze: true"));
    await realm.check(number);
    expect(realm.comments(number)[0]).toContain("nothing new would be granted");
    realm.pushes(number, realmText);
    expect(await realm.check(number)).toEqual({ kind: "untouched" });
    expect(realm.runs(number)).toMatchObject([{ conclusion: "neutral" }]);
    expect(realm.comments(number)).toEqual([expect.stringContaining("not touched**")]);
  });

  it("that touches something else may be merged all the same where a ruleset requires the check", async () => {
    realm = await Proposals.open([]);
    const name = "checks";
    const { rulesets } = realm.world.forge.repository();
    rulesets.set([{ name, branches: ["~DEFAULT_BRANCH"], rules: ["required_status_checks"] }]);
    const number = realm.proposes((text) => text);
    await realm.check(number);
    expect(realm.runs(number)).toMatchObject([{ name: "warren", conclusion: "neutral" }]);
    expect(realm.comments(number)).toEqual([]);
  });

  it("is told anew when its head or the registry moves: one comment, and nothing written twice", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes(withoutBob);
    await realm.check(number);
    realm.world.requests.length = 0;
    await realm.check(number);
    expect(realm.world.requests.filter((one) => !/^GET |graphql$/.test(one))).toEqual([]);
    await realm.admits([controllerOf(bob, "third")]);
    await realm.check(number);
    expect(realm.comments(number)).toEqual([expect.stringContaining("controller-third.hula.atlas")]);
    expect(realm.runs(number)).toMatchObject([
      { output: { title: expect.stringMatching(/^3 keys would lose/) } },
    ]);
    realm.pushes(number, realmText.replace("freeze: false", "freeze: maybe"));
    await realm.check(number);
    expect(realm.comments(number)).toEqual([expect.stringContaining("would be invalid")]);
    expect(realm.runs(number)).toMatchObject([
      { conclusion: "failure", annotations: [{ start_line: expect.any(Number) }] },
    ]);
    expect(await realm.ports.pulls.touching()).toEqual([number]);
  });

  it("whose registry can't be read is told so and not let pass, and told the truth after it", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes(withoutBob);
    const registry = { snapshot: () => Promise.reject(unavailable("forge", "HTTP 502")) };
    expect(await realm.check(number, { registry })).toMatchObject({ kind: "later" });
    expect(realm.runs(number)).toMatchObject([{ conclusion: "action_required" }]);
    expect(realm.comments(number)).toEqual([expect.stringContaining("Not known yet.")]);
    await realm.check(number);
    expect(realm.runs(number)).toMatchObject([{ conclusion: "success" }]);
    expect(realm.comments(number)).toEqual([expect.stringContaining("2 lost")]);
  });

  it("must be brought up to date where realm.yaml moved on the default branch", async () => {
    realm = await Proposals.open(RECORDS);
    const number = realm.proposes(withoutBob);
    realm.rewrites(realmText.replace("freeze: false", "freeze: true"));
    expect(await realm.check(number)).toMatchObject({ report: { conclusion: "action_required" } });
    expect(realm.comments(number)[0]).toContain("**Update this branch.**");
  });

  it("may mend a broken realm.yaml, and is told that there is nothing to compare with", async () => {
    realm = await Proposals.open(RECORDS);
    realm.rewrites("realm: [");
    const number = realm.proposes(() => `${realmText}# mended\n`);
    expect(await realm.check(number)).toMatchObject({ report: { conclusion: "neutral" } });
    expect(realm.comments(number)[0]).toContain(
      "**Nothing to compare with.** realm.yaml on the default branch",
    );
    expect(realm.comments(number)[0]).toContain("0 lost, 6 gained");
  });

  it("with more in it than a realm.yaml may have is not even fetched; one that is gone is refused", async () => {
    realm = await Proposals.open([]);
    const long = realm.proposes((text) => text + "# ".repeat(300_000), { fork: "mallory" });
    realm.world.requests.length = 0;
    expect(await realm.check(long)).toMatchObject({ report: { conclusion: "failure", annotations: [] } });
    expect(realm.world.requests.filter((one) => one.includes("/git/blobs/"))).toHaveLength(1);
    expect(realm.comments(long)[0]).toContain("bytes; 524288 at most");
  });

  it("with a hundred and twenty problems gets as many annotations, fifty a request", async () => {
    realm = await Proposals.open([]);
    const people = Array.from({ length: 120 }, (_, n) => `  user${n}: none\n`).join("");
    const number = realm.proposes((text) => text.replace("  bob: 583232", `${people}  bob: 583232`));
    realm.world.refuseNext(/PATCH .*check-runs/, new Refusal(502, "bad gateway"));
    await expect(realm.check(number)).rejects.toMatchObject({ code: "unavailable" });
    expect(realm.runs(number)).toMatchObject([{ status: "in_progress", conclusion: null }]);
    await realm.check(number);
    expect(realm.runs(number)).toMatchObject([{ status: "completed", conclusion: "failure" }]);
    const lines = realm.runs(number)[0]?.annotations.map(({ start_line }) => start_line) ?? [];
    expect(lines).toHaveLength(120);
    expect(new Set(lines).size).toBe(120);
  });

  it("that a stranger commented on with our marker is answered by a comment of our own", async () => {
    realm = await Proposals.open([]);
    const number = realm.proposes((text) => text.replace("freeze: false", "freeze: true"));
    const forged = "all is well\n\n<!-- warren:check -->";
    const { comments } = realm.world.forge.repository();
    comments.create(realm.world.forge.person("mallory"), number, forged);
    await realm.check(number);
    expect(realm.comments(number)).toHaveLength(1);
    expect(comments.list(realm.world.forge.person("alice"), number)[0]?.text.body).toBe(forged);
  });

  it("into another branch, or closed, is none of its business", async () => {
    realm = await Proposals.open([]);
    const number = realm.proposes((text) => text.replace("freeze: false", "freeze: true"));
    realm.world.forge
      .repository()
      .issues.change(realm.world.forge.person("alice"), number, { state: "closed" });
    expect(await realm.check(number)).toEqual({ kind: "ignored" });
    expect(await realm.check(4711)).toEqual({ kind: "ignored" });
    expect(mallory.id).not.toBe(alice.id);
  });
});
