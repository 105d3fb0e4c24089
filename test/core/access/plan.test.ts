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
const fingerprint = (seed: string) => accepted(madeKey(seed)).fingerprint;

describe("planOf", () => {
  it("is empty where nothing differs", () => {
    expect(planOf(accessOf(realm, before), accessOf(realm, before.with(2, [])))).toEqual([]);
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
