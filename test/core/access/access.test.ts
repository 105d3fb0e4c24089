import { describe, expect, it } from "@jest/globals";
import { accessOf, WRITER } from "../../../core/access/access.ts";
import { readDirectory } from "../../../core/access/directory.ts";
import { checkGeneration } from "../../../core/access/generation.ts";
import { hashOf, printManifest } from "../../../core/access/manifest.ts";
import { Registry } from "../../../core/registry/registry.ts";
import {
  accepted,
  good,
  madeCertificate,
  madeKey,
  madeRealm,
  madeRecord,
  madeSystem,
  revocation,
} from "../../made/access.ts";

const hula = madeSystem("hula");
const tern = madeSystem("tern", { ports: { first: 62000, last: 62099 }, proxy: "us" });
const realm = madeRealm([tern, hula]);
const records = [
  madeRecord("334.hula.atlas", { port: 61334, sequence: 3 }),
  madeRecord("333.hula.atlas", { port: 61333, sequence: 2, hostKeys: [accepted(madeKey("host"))] }),
  madeRecord("controller1.hula.atlas", { sequence: 4 }),
  madeRecord("boat.tern.atlas", { port: 62000, sequence: 5 }),
];
const registry = Registry.of(9, records);
const filesOn = (proxy: string, from = registry, by = realm) =>
  accessOf(by, from).get(proxy)?.files ?? new Map<string, string>();
const lineOf = (computer: string, from = registry) =>
  filesOn("eu", from)
    .get("authorized_keys/hula")
    ?.split("\n")
    .find((line) => line.includes(`command="${computer}.`));

describe("accessOf", () => {
  it("is the same bytes whatever the order of records and systems", () => {
    const turned = accessOf(
      { ...realm, systems: realm.systems.toReversed() },
      Registry.of(9, records.toReversed()),
    );
    expect([...turned]).toEqual([...accessOf(realm, registry)]);
  });

  it("gives each proxy its own systems' files and no other's", () => {
    expect([...filesOn("eu").keys()].toSorted()).toEqual([
      "authorized_keys/hula",
      "certificates/hula.json",
      "directory/hula.json",
    ]);
    expect([...filesOn("us").keys()].toSorted()).toEqual([
      "authorized_keys/tern",
      "certificates/tern.json",
      "directory/tern.json",
    ]);
  });

  it("passes the proxy's own checks", () => {
    for (const { manifest, files } of accessOf(realm, registry).values()) {
      expect(checkGeneration(manifest, files).problems).toEqual([]);
    }
  });

  it("gives a controller its own system's devices and no other's", () => {
    expect(lineOf("controller1")).toContain(
      'permitopen="127.0.0.1:61333",permitopen="127.0.0.1:61334",command',
    );
    expect(lineOf("controller1")).not.toContain("62000");
  });

  it("gives a revoked computer nothing, and raises the directory's sequence by it", () => {
    const without = registry.with(10, [
      madeRecord("333.hula.atlas", { port: 61333, sequence: 10, sshKeys: [], revoked: revocation }),
    ]);
    expect(lineOf("333", without)).toBeUndefined();
    expect(lineOf("controller1", without)).not.toContain("61333");
    const directory = good(readDirectory(filesOn("eu", without).get("directory/hula.json") ?? ""));
    expect([directory.sequence, Object.keys(directory.devices)]).toEqual([10, ["334"]]);
  });

  it("writes the end of a key into its line, and keeps the line after it: time is no input", () => {
    const ended = registry.with(10, [
      madeRecord("333.hula.atlas", {
        port: 61333,
        sshKeys: [accepted(madeKey("old"), "2020-01-01T00:00:00Z"), accepted(madeKey("new"))],
      }),
    ]);
    const lines = filesOn("eu", ended)
      .get("authorized_keys/hula")
      ?.match(/^.*command="333\..*$/gm);
    expect(lines).toHaveLength(2);
    expect(lines?.filter((line) => line.includes('expiry-time="20200101000000Z"'))).toHaveLength(1);
  });

  it("gives nothing to a device without a port, nor to the members of a system that is gone", () => {
    const more = registry.with(10, [
      madeRecord("335.hula.atlas"),
      madeRecord("1.gone.atlas", { port: 61001 }),
    ]);
    expect(lineOf("335", more)).toBeUndefined();
    expect([...filesOn("eu", more).values()].join("")).not.toContain("gone");
  });

  it("keeps a port that a system's move left in another's range from its old holder", () => {
    const moved = madeRealm([hula, { ...tern, proxy: "eu", ports: { first: 62000, last: 62099 } }]);
    const stale = registry.with(10, [madeRecord("2.hula.atlas", { port: 62000 })]);
    const keys = filesOn("eu", stale, moved).get("authorized_keys/hula");
    expect(keys).not.toContain("62000");
  });

  it("lists certificates one computer a line", () => {
    const certified = registry.with(10, [
      madeRecord("333.hula.atlas", { port: 61333, certificates: [madeCertificate] }),
    ]);
    expect(filesOn("eu", certified).get("certificates/hula.json")).toBe(
      `{\n  "333": [{"certificate":"${madeCertificate.certificate}","pem":"-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----\\n"}]\n}\n`,
    );
  });

  it("writes the bytes that its WRITER stands for: whoever changes them raises it, and this hash", () => {
    const legacy = madeSystem("tern", { ...tern, legacy: true });
    const certified = registry.with(10, [
      madeRecord("333.hula.atlas", { port: 61333, sequence: 10, certificates: [madeCertificate] }),
    ]);
    const texts = [...accessOf({ ...realm, systems: [legacy, hula] }, certified).values()].flatMap(
      ({ files }) => [...files],
    );
    expect({ WRITER, bytes: hashOf(JSON.stringify(texts)) }).toEqual({
      WRITER: 1,
      bytes: "8a8ae58424b6b83329b25c7580cb5e9e3123755d5d5ca80e50fc836a8981f979",
    });
  });

  it("names sequence and commits in the manifest", () => {
    const access = accessOf(realm, registry, { realmCommit: "a".repeat(40) }).get("us");
    expect(access === undefined ? "" : printManifest(access.manifest)).toMatch(
      /^\{\n {2}"format": 1,\n {2}"realm": "atlas",\n {2}"proxy": "us",\n {2}"sequence": 9,\n {2}"writer": \d+,\n {2}"realmCommit": "a{40}",\n {2}"files": \{\n {4}"authorized_keys\/tern": "[0-9a-f]{64}"/,
    );
  });
});
