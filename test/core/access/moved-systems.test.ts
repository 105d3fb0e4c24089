import { describe, expect, it } from "@jest/globals";
import { accessOf } from "../../../core/access/access.ts";
import { readAuthorizedKeys } from "../../../core/access/authorized-keys.ts";
import { readDirectory } from "../../../core/access/directory.ts";
import { checkGeneration } from "../../../core/access/generation.ts";
import type { Realm } from "../../../core/realm/realm.ts";
import { Registry } from "../../../core/registry/registry.ts";
import { planSystems } from "../../../core/registry/system-moves.ts";
import {
  accepted,
  at,
  good,
  madeCertificate,
  madeKey,
  madeRealm,
  madeRecord,
  madeSystem,
} from "../../made/access.ts";

const now = at("2026-11-21T08:30:00Z");
const hula = madeSystem("hula", { legacy: true, ports: { first: 61333, last: 61340 } });
const home = madeRealm([hula]);
const away = madeRealm([{ ...hula, proxy: "us" }]);
const records = [
  madeRecord("333.hula.atlas", { port: 61333, certificates: [madeCertificate] }),
  madeRecord("334.hula.atlas", { port: 61334, sshKeys: [accepted(madeKey("334"), "2026-12-01T00:00:00Z")] }),
  madeRecord("controller1.hula.atlas"),
];
/** The registry after a sweep has seen `realm`. */
const swept = (realm: Realm, before: Registry) =>
  before.with(before.sequence + 1, [], planSystems(realm, before, now).systems);
const before = swept(home, Registry.of(5, records));
const after = swept(away, before);

function on(proxy: string, realm: Realm, registry: Registry) {
  const access = accessOf(realm, registry).get(proxy);
  if (access === undefined) throw new Error(`the realm has no proxy ${proxy}`);
  const { files, manifest } = access;
  expect(checkGeneration(manifest, files).problems).toEqual([]);
  const read = readAuthorizedKeys(files.get("authorized_keys/hula") ?? "", "hula");
  const directory = files.get("directory/hula.json");
  return {
    files,
    grants: read.ok ? read.grants : [],
    directory: directory === undefined ? undefined : good(readDirectory(directory)),
  };
}

describe("a system that moves to another proxy", () => {
  it("has its tunnels and its legacy range on the new one", () => {
    const { grants, directory } = on("us", away, after);
    expect(grants.map(({ role }) => role)).toEqual(["device", "device", "controller"]);
    expect(grants[0]).toMatchObject({ port: 61333, legacy: { first: 61333, last: 61340 } });
    expect(directory?.proxy.name).toBe("us");
  });

  it("may ask on the old one until 30 days are over, or until its key's own end", () => {
    const { grants } = on("eu", away, after);
    expect(grants.map(({ role, end }) => [role, end])).toEqual([
      ["asker", "2026-12-21T08:30:00Z"],
      ["asker", "2026-12-01T00:00:00Z"],
      ["asker", "2026-12-21T08:30:00Z"],
    ]);
  });

  it("finds there the very directory of the new proxy, and its certificates", () => {
    const [old, next] = [on("eu", away, after).files, on("us", away, after).files];
    for (const path of ["directory/hula.json", "certificates/hula.json"])
      expect(old.get(path)).toBe(next.get(path));
  });

  it("raises the directory's sequence, though no record changed", () => {
    expect(on("us", away, after).directory?.sequence).toBeGreaterThan(
      on("eu", home, before).directory?.sequence ?? 0,
    );
  });

  it("is served by the old proxy already before a sweep has seen the move", () => {
    const { grants, directory } = on("eu", away, before);
    expect(grants.map(({ role, end }) => [role, end])).toEqual([
      ["asker", undefined],
      ["asker", "2026-12-01T00:00:00Z"],
      ["asker", undefined],
    ]);
    expect(directory?.proxy.name).toBe("us");
  });

  it("gets nothing any more from a proxy that it left long ago, nor from one that realm.yaml dropped", () => {
    const later = planSystems(away, after, at("2026-12-21T08:30:00Z")).systems;
    expect([...on("eu", away, after.with(8, [], later)).files]).toEqual([]);
    const alone = { ...away, proxies: away.proxies.filter(({ name }) => name === "us") };
    expect([...accessOf(alone, after).keys()]).toEqual(["us"]);
  });

  it("has all it had when it comes back, and asks on the other", () => {
    const back = swept(home, after);
    expect(on("eu", home, back).grants[0]).toMatchObject({ role: "device", port: 61333 });
    expect(on("us", home, back).grants[0]).toMatchObject({ role: "asker" });
  });

  it("gets nothing on any proxy when realm.yaml drops it", () => {
    const dropped = madeRealm([]);
    for (const { files } of accessOf(dropped, after).values()) expect([...files]).toEqual([]);
  });
});

describe("a legacy system", () => {
  it("must not be so large that its file outgrows what a proxy takes", () => {
    const range = { first: 61000, last: 63047 };
    const many = Array.from({ length: 500 }, (_, index) =>
      madeRecord(`${index}.hula.atlas`, { port: 61000 + index }),
    );
    const realm = madeRealm([{ ...hula, ports: range }]);
    expect(() => accessOf(realm, Registry.of(1, many))).toThrow(
      'system "hula" has 500 devices and 2048 legacy ports; their product may be 1000000 at most',
    );
  });
});
