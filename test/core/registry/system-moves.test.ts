import { describe, expect, it } from "@jest/globals";
import { aboutHash } from "../../../core/access/about-system.ts";
import { Registry } from "../../../core/registry/registry.ts";
import { planSystems } from "../../../core/registry/system-moves.ts";
import { at, madeRealm, madeRecord, madeSystem } from "../../made/access.ts";

const now = at("2026-11-21T08:30:00Z");
const inThirtyDays = at("2026-12-21T08:30:00Z");
const system = madeSystem("hula");
const home = madeRealm([system, madeSystem("empty")]);
const away = madeRealm([{ ...system, proxy: "us" }]);
const known = { proxy: "eu", sequence: 3, about: aboutHash(home, system), left: [] };
const records = [madeRecord("333.hula.atlas", { port: 61333 })];
const registryWith = (entry = known) => Registry.of(9, records, new Map([["hula", entry]]));
const entryAfter = (realm: typeof home, registry: Registry, instant = now) =>
  planSystems(realm, registry, instant).systems.get("hula");

describe("planSystems", () => {
  it("remembers a system that has computers, and none without", () => {
    const { systems, changes } = planSystems(home, Registry.of(9, records), now);
    expect([...systems]).toEqual([["hula", { ...known, sequence: 10 }]]);
    expect(changes).toEqual([{ system: "hula", why: "system hula: stands on proxy eu" }]);
  });

  it("changes nothing where realm.yaml says what it said, and where a system is gone from it", () => {
    const more = madeRealm([{ ...system, description: "other", ports: { first: 61000, last: 62000 } }]);
    for (const realm of [home, more, madeRealm([])])
      expect(planSystems(realm, registryWith(), now)).toEqual({
        systems: registryWith().systems,
        changes: [],
      });
  });

  it.each([
    ["an account", madeRealm([{ ...system, login: ["deck"] }])],
    ["legacy", madeRealm([{ ...system, legacy: true }])],
    ["its proxy's address", { ...home, proxies: home.proxies.map((proxy) => ({ ...proxy, port: 2222 })) }],
  ])("gives the directory a new sequence when realm.yaml changes %s", (_what, realm) => {
    expect(entryAfter(realm, registryWith())).toMatchObject({ proxy: "eu", sequence: 10, left: [] });
  });

  it("lets the proxy that a system leaves serve on for 30 days", () => {
    const { systems, changes } = planSystems(away, registryWith(), now);
    expect(systems.get("hula")).toMatchObject({
      proxy: "us",
      sequence: 10,
      left: [{ proxy: "eu", until: inThirtyDays }],
    });
    expect(changes[0]?.why).toBe(
      `system hula: moves from proxy eu to us; eu serves its directory until ${inThirtyDays}`,
    );
  });

  it("forgets a proxy at its end, and not before", () => {
    const moved = new Map(planSystems(away, registryWith(), now).systems);
    const registry = Registry.of(10, records, moved);
    expect(planSystems(away, registry, at("2026-12-21T08:29:59Z")).changes).toEqual([]);
    expect(entryAfter(away, registry, inThirtyDays)).toMatchObject({ proxy: "us", sequence: 10, left: [] });
  });

  it("has left no proxy that it came back to", () => {
    const moved = Registry.of(10, records, planSystems(away, registryWith(), now).systems);
    expect(entryAfter(home, moved)).toMatchObject({
      proxy: "eu",
      sequence: 11,
      left: [{ proxy: "us", until: inThirtyDays }],
    });
  });
});
