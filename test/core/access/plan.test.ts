import { describe, expect, it } from "@jest/globals";
import { accessOf } from "../../../core/access/access.ts";
import { planLines, planOf } from "../../../core/access/plan.ts";
import { Registry } from "../../../core/registry/registry.ts";
import { accepted, madeKey, madeRealm, madeRecord, madeSystem } from "../../made/access.ts";

const realm = madeRealm([madeSystem("hula"), madeSystem("tern", { proxy: "us" })]);
const before = Registry.of(1, [
  madeRecord("333.hula.atlas", { port: 61333 }),
  madeRecord("controller1.hula.atlas"),
  madeRecord("controller1.tern.atlas"),
]);
const legacyRealm = madeRealm([madeSystem("hula", { legacy: true })]);
const fingerprint = (seed: string) => accepted(madeKey(seed)).fingerprint;

describe("planOf", () => {
  it("is empty where nothing differs", () => {
    expect(planOf(accessOf(realm, before), accessOf(realm, before.with(2, [])))).toEqual([]);
  });

  it("says what a legacy system costs in safety, in one line", () => {
    const records = ["333", "334"].map((name) =>
      madeRecord(`${name}.hula.atlas`, { port: 61000 + Number(name) }),
    );
    const some = Registry.of(1, records);
    const [, first, second, cost, ...more] = planLines(
      planOf(accessOf(madeRealm([madeSystem("hula")]), some), accessOf(legacyRealm, some)),
    );
    const now = (port: number) => `now listens on ${port} and, as localhost, any of 61000-61999`;
    expect([first, second]).toEqual([
      `  ~ 333.hula.atlas ${fingerprint("333.hula.atlas")} ${now(61333)}`,
      `  ~ 334.hula.atlas ${fingerprint("334.hula.atlas")} ${now(61334)}`,
    ]);
    expect(cost).toBe(
      "  ! system hula is legacy: any of its devices may listen on any free port of 61000-61999, on [::1] even where another holds 127.0.0.1; a controller that pins no host keys could be led to it",
    );
    expect(more).toEqual([]);
    expect(planLines(planOf(accessOf(legacyRealm, some), new Map())).join("\n")).not.toContain(" ! ");
  });

  it("says who gains, loses and changes what, and on which proxy", () => {
    const after = before.with(2, [
      madeRecord("333.hula.atlas", {
        port: 61333,
        sshKeys: [accepted(madeKey("333.hula.atlas"), "2026-11-21T08:30:00Z")],
      }),
      madeRecord("334.hula.atlas", { port: 61334 }),
    ]);
    const plans = planOf(
      accessOf(realm, before),
      accessOf({ ...realm, systems: realm.systems.filter(({ name }) => name === "hula") }, after),
    );
    expect(plans.map(({ proxy }) => proxy)).toEqual(["eu", "us"]);
    expect(planLines(plans)).toEqual([
      "proxy eu: 2 files; keys: 1 gained, 0 lost, 2 changed",
      `  ~ 333.hula.atlas ${fingerprint("333.hula.atlas")} ends at 2026-11-21T08:30:00Z`,
      `  + 334.hula.atlas ${fingerprint("334.hula.atlas")} listens on 61334`,
      `  ~ controller1.hula.atlas ${fingerprint("controller1.hula.atlas")} gains port 61334`,
      "proxy us: 3 files; keys: 0 gained, 1 lost, 0 changed",
      `  - controller1.tern.atlas ${fingerprint("controller1.tern.atlas")} opens 0 ports`,
    ]);
  });
});
