import { describe, expect, it } from "@jest/globals";
import { accessOf } from "../../../core/access/access.ts";
import { planLines, planOf } from "../../../core/access/plan.ts";
import { whyOf } from "../../../core/access/why.ts";
import { revoked } from "../../../core/decision/acts.ts";
import type { Realm } from "../../../core/realm/realm.ts";
import type { AcceptedKey, ComputerRecord, Evidence } from "../../../core/registry/record.ts";
import { Registry } from "../../../core/registry/registry.ts";
import { planSystems } from "../../../core/registry/system-moves.ts";
import { accepted, at, madeKey, madeRealm, madeRecord, madeSystem } from "../../made/access.ts";

const now = at("2026-11-21T08:30:00Z");
const hula = madeSystem("hula");
const realm = madeRealm([hula]);
const alice = { id: 583231, login: "alice" };
const keyOf = (seed: string, more: Partial<Evidence> = {}, end?: string): AcceptedKey => {
  const key = accepted(madeKey(seed), end);
  return { ...key, evidence: { ...key.evidence, ...more } };
};
const device = (more: Partial<ComputerRecord> = {}) => madeRecord("333.hula.atlas", { port: 61333, ...more });
const print = (seed: string) => accepted(madeKey(seed)).fingerprint;
const own = print("333.hula.atlas");
const empty = Registry.of(1, []);

/** Below the head of each proxy, what becomes of 333's keys. */
function saidOf(before: Registry, after: Registry, [was, next]: readonly [Realm, Realm] = [realm, realm]) {
  const plans = planOf(accessOf(was, before), accessOf(next, after), whyOf(after, next));
  return planLines(plans).filter((line) => line.includes(" 333.hula.atlas "));
}

describe("why a key comes", () => {
  it("names the issue, the rule and who approved", () => {
    expect(saidOf(empty, Registry.of(2, [device()]))).toEqual([
      `  + 333.hula.atlas ${own} listens on 61333 (issue 1, systems.hula.trust[0])`,
    ]);
    const approved = device({ sshKeys: [keyOf("333.hula.atlas", { issue: 12, approvers: [alice] })] });
    expect(saidOf(empty, Registry.of(2, [approved]))).toEqual([
      `  + 333.hula.atlas ${own} listens on 61333 (issue 12, systems.hula.trust[0], approved by alice)`,
    ]);
  });

  it("says that its system moved, on both proxies, before a sweep has seen it and after", () => {
    const home = Registry.of(2, [device()], planSystems(realm, Registry.of(1, [device()]), now).systems);
    const away = madeRealm([{ ...hula, proxy: "us" }]);
    const moved = home.with(3, [], planSystems(away, home, now).systems);
    const gains = `  + 333.hula.atlas ${own} listens on 61333 (system hula moved here from proxy eu; issue 1, systems.hula.trust[0])`;
    const changes = (more: string) =>
      `  ~ 333.hula.atlas ${own} loses port 61333, now may ask for its directory${more} (system hula moved to proxy us)`;
    expect(saidOf(home, home, [realm, away])).toEqual([changes(""), gains]);
    expect(saidOf(home, moved, [realm, away])).toEqual([changes(", ends at 2026-12-21T08:30:00Z"), gains]);
    const later = moved.with(4, [
      madeRecord("334.hula.atlas", { port: 61334, sshKeys: [keyOf("new", { at: now })] }),
    ]);
    expect(whyOf(later, away)({ kind: "gains", fingerprint: print("new"), proxy: "us" })).toBe(
      "issue 1, systems.hula.trust[0]",
    );
  });
});

describe("why a key goes", () => {
  const before = Registry.of(1, [device()]);
  const loses = (why: string) => [`  - 333.hula.atlas ${own} listens on 61333 (${why})`];

  it("names who revoked it, and where; what people wrote is quoted", () => {
    const by = { reason: "lost\u001b[2J at sea", issue: 13, by: alice, at: now };
    expect(saidOf(before, before.with(2, [revoked(device(), by)]))).toEqual(
      loses('revoked in issue 13 by alice: "lost\\u001b[2J at sea"'),
    );
    expect(saidOf(before, before.with(2, [revoked(device(), { reason: "bob (2) left", at: now })]))).toEqual(
      loses('revoked by a sweep: "bob (2) left"'),
    );
  });

  it("says that it ended, or by which key it was replaced", () => {
    const refused = [{ what: "ssh", fingerprint: own, at: now }] as const;
    expect(saidOf(before, before.with(2, [device({ sshKeys: [], refused })]))).toEqual(
      loses("ended, and left the registry at 2026-11-21T08:30:00Z"),
    );
    const next = keyOf("next", { issue: 14 });
    expect(saidOf(before, before.with(2, [device({ sshKeys: [next], refused })]))).toContain(
      loses(`replaced by ${next.fingerprint}: issue 14, systems.hula.trust[0]`)[0],
    );
    const both = device({ sshKeys: [keyOf("333.hula.atlas", {}, "2026-11-28T08:30:00Z"), next] });
    expect(saidOf(before, before.with(2, [both]))).toContain(
      `  ~ 333.hula.atlas ${own} ends at 2026-11-28T08:30:00Z (replaced by ${next.fingerprint})`,
    );
  });

  it("names the system that is gone from realm.yaml, or whose range the port is in now", () => {
    expect(saidOf(before, before, [realm, madeRealm([])])).toEqual(loses("system hula is not in realm.yaml"));
    const ports = { first: 61300, last: 61399 };
    const taken = madeRealm([
      { ...hula, ports: { first: 60000, last: 60999 } },
      madeSystem("tern", { ports }),
    ]);
    expect(saidOf(before, before, [realm, taken])).toEqual(
      loses("port 61333 is in the range of system tern"),
    );
  });

  it("names the computer that proved that the key is its own", () => {
    const robbed = before.with(2, [
      device({ sshKeys: [] }),
      madeRecord("334.hula.atlas", { port: 61334, sshKeys: [keyOf("333.hula.atlas", { issue: 15 })] }),
    ]);
    const fate = { kind: "loses", computer: "333.hula.atlas", fingerprint: own, proxy: "eu" } as const;
    expect(whyOf(robbed, realm)(fate)).toBe("334.hula.atlas holds it now: issue 15, systems.hula.trust[0]");
  });

  it("says nothing of a key that the registry never knew", () => {
    expect(whyOf(empty, realm)({ kind: "loses", fingerprint: own, proxy: "eu" })).toBeUndefined();
  });
});
