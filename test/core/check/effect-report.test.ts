import { describe, expect, it } from "@jest/globals";
import { type Effect, effectOf } from "../../../core/check/effect.ts";
import { effectReport } from "../../../core/check/effect-report.ts";
import { invalidReport, LONGEST_BODY, laterReport, unusableReport } from "../../../core/check/report.ts";
import { isTurn, turnWords } from "../../../core/check/turns.ts";
import type { Decision } from "../../../core/decision/decision.ts";
import { readRealm } from "../../../core/realm/realm.ts";
import { Registry } from "../../../core/registry/registry.ts";
import { alice, at, bob } from "../../fixtures/people.ts";
import { accepted, id, madeKey, madeRealm, madeRecord, madeSystem } from "../../made/access.ts";
import { actingIn } from "../../security/markdown-acting.ts";

const registry = (count: number) =>
  Registry.of(
    7,
    Array.from({ length: count }, (_, n) =>
      madeRecord(`${n}.hula.atlas`, {
        port: 61_000 + n,
        sshKeys: [accepted(madeKey(`${n}`))],
      }),
    ),
  );
const link = "https://github.example/realm.yaml";
const none = { turns: [], gaps: [] };
const hula = madeSystem("hula");
const effect = (count: number): Effect =>
  effectOf({
    before: { realm: madeRealm([hula]), registry: registry(count) },
    after: { realm: madeRealm([madeSystem("hula", { proxy: "us" })]), registry: registry(count) },
    departures: [],
    isMember: () => false,
    repositoryId: 42,
  });

describe("the report of an effect", () => {
  it("leaves out what GitHub would not take, and says how much, whatever there is", () => {
    const { body, title } = effectReport(effect(400), none, { link, sequence: 7, stale: false });
    expect(title).toBe("400 keys would lose access, 400 keys would gain access");
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(LONGEST_BODY);
    const shown = (proxy: string) => {
      const part = body.slice(body.indexOf(`**Proxy \`${proxy}\``)).split("\n\n")[0] ?? "";
      const [, left = "0"] = /and (\d+) more keys, left out here/.exec(part) ?? [];
      return { lines: part.match(/^- \w+: /gm)?.length ?? 0, left: Number(left) };
    };
    for (const proxy of ["eu", "us"]) {
      const { lines, left } = shown(proxy);
      expect(lines).toBeGreaterThan(50);
      expect(lines + left).toBe(400);
    }
    expect(body).toMatch(/\d+ lines are left out here; `warren plan` shows all of it\.$/);
  });

  it("says who is left without whoever enrolled them, and nothing of it while they may still enrol by a team", () => {
    const people = [alice, bob];
    const trust = [
      {
        path: "systems.hula.trust[0]",
        at: { file: "realm.yaml", line: 3, col: 1 },
        who: [{ team: "wildlife/field" }],
        may: ["device"],
        then: "grant",
        approvals: 1,
      },
    ] as const;
    const orphans = (isMember: boolean) =>
      effectOf({
        before: { realm: madeRealm([hula], { people, admins: [bob] }), registry: registry(1) },
        after: {
          realm: madeRealm([madeSystem("hula", { trust })], { people: [bob], admins: [bob] }),
          registry: registry(1),
        },
        departures: [],
        isMember: () => isMember,
        repositoryId: 42,
      }).orphans;
    expect(orphans(false)).toEqual([{ device: id("0.hula.atlas"), by: alice }]);
    expect(orphans(true)).toEqual([]);
  });

  it("stops a file that is another repository's", () => {
    const after = {
      realm: madeRealm([hula], { repository: { fullName: "a/b", id: 43 } }),
      registry: registry(0),
    };
    const facts = { before: undefined, after, departures: [], isMember: () => false, repositoryId: 42 };
    const report = effectReport(effectOf(facts), none, {
      link,
      sequence: 0,
      stale: false,
      alone: "the first",
    });
    expect(report.conclusion).toBe("failure");
    expect(report.body).toContain("repository 42 is not the realm's 43");
  });
});

/** Beside our own headings and the number of the issue, which is to be a link. */
const acting = (body: string) =>
  actingIn(body.replace(/^\*\*(Proxy `\w+`:|[^*`]+)\*\*/gm, "").replace("- #7", "- "));

describe("what strangers wrote", () => {
  const EVIL =
    "@everyone <img src=x> [a](https://evil.example) #1 \u202e\u200b *b* `c` www.evil.example $x$ :tada: a\nb";

  it("comes out inert from a file of theirs", () => {
    const text = `${JSON.stringify(EVIL)}: 1\nrealm: ${JSON.stringify(EVIL)}\npeople: { ${JSON.stringify(EVIL)}: ${JSON.stringify(EVIL)} }\n`;
    const read = readRealm(text, "realm.yaml");
    if (read.ok) throw new Error("it is valid");
    const report = invalidReport(read.problems);
    expect(report.annotations.length).toBe(read.problems.length);
    expect(acting(report.body)).toEqual([]);
    expect(report.title).toBe(`realm.yaml has ${read.problems.length} problems`);
    expect(report.annotations.filter(({ message }) => /[^\x20-\x7e\u2026]/.test(message))).toEqual([]);
  });

  it("comes out inert from reasons and failures", () => {
    expect(acting(laterReport(`team ${JSON.stringify(EVIL)} does not answer`).body)).toEqual([]);
    expect(acting(unusableReport(EVIL).body)).toEqual([]);
    const because = [{ rule: "submission.text", says: `key ${JSON.stringify(EVIL)} is none` }] as const;
    const refuse: Decision = { kind: "refuse", submission: "sshkey", digest: "sha256:0", keys: [], because };
    const turn = { issue: 7, from: { kind: "none" }, to: refuse } as const;
    const gaps = [`what members of "@${EVIL}" could do`];
    const { body } = effectReport(effect(0), { turns: [turn], gaps }, { link, sequence: 0, stale: false });
    expect(acting(body)).toEqual([]);
  });
});

describe("a request's turn", () => {
  const about = {
    computer: id("1.hula.atlas"),
    submission: "sshkey",
    digest: "sha256:0",
    keys: [],
    because: [{ rule: "x", says: "y" }],
  } as const;
  const ask = (needed: number, given = 0): Decision => ({
    kind: "ask",
    ...about,
    approvers: [alice, bob],
    approvals: { needed, given: given === 0 ? [] : [alice] },
  });
  const grant = (end?: string): Decision => ({
    kind: "grant",
    ...about,
    approvedBy: [],
    ...(end === undefined ? {} : { end: at(end) }),
  });
  const refuse: Decision = { kind: "refuse", ...about };

  it.each([
    [ask(1), ask(1, 1), false],
    [ask(1), ask(2), true],
    [refuse, { ...refuse, because: [{ rule: "z", says: "z" }] }, false],
    [grant(), grant("10:00:00"), true],
    [ask(1), grant(), true],
  ] as const)("is one where people would notice", (from, to, turned) => {
    expect(isTurn(from, to)).toBe(turned);
  });

  it("is said in words", () => {
    const words = (from: Decision, to: Decision) => turnWords({ issue: 1, from, to });
    expect(words(ask(1), grant())).toBe("would be granted; today's rules ask an admin");
    expect(words(ask(1), ask(2))).toBe("would still wait, for 2 of alice, bob");
    expect(words(grant(), grant("10:00:00"))).toBe("would still be granted, until 2026-11-21T10:00:00Z");
  });
});
