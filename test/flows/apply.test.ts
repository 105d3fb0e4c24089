import { cp, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { type Access, accessOf } from "../../core/access/access.ts";
import { type Bundle, bundleOf, encodeBundle } from "../../core/access/bundle.ts";
import { hashesOf } from "../../core/access/manifest.ts";
import { Registry } from "../../core/registry/registry.ts";
import { apply } from "../../flows/apply.ts";
import { accepted, at, madeKey, madeRealm, madeRecord, madeSystem, wholeBundle } from "../made/access.ts";
import { applyPorts } from "../made/apply.ts";

const realm = madeRealm([madeSystem("hula")]);
const devices = (count: number, first = 1) =>
  Array.from({ length: count }, (_, n) => madeRecord(`${first + n}.hula.atlas`, { port: 61000 + first + n }));
const access = (sequence: number, records = devices(3)): Access => {
  const found = accessOf(realm, Registry.of(sequence, records)).get("eu");
  if (found === undefined) throw new Error("no proxy eu");
  return found;
};
/** A bundle whose hashes all fit, whatever it says. */
const forged = (path: string, change: (text: string) => string, from = access(2)): Bundle => {
  const files = new Map(from.files).set(path, change(from.files.get(path) ?? ""));
  return wholeBundle({ files, manifest: { ...from.manifest, files: hashesOf(files) } });
};

let root = "";
let generations = new DiskGenerations(root);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "warren-test-"));
  generations = new DiskGenerations(root);
});
afterEach(() => rm(root, { recursive: true }));

const now = at("2026-11-21T08:30:00Z");
const applied = (bundle: Bundle, { forced = false } = {}) =>
  apply(applyPorts(root, generations, now), encodeBundle(bundle), {
    guard: 0.25,
    ...(forced ? { force: { reason: "the fleet was sold", by: "alice" } } : {}),
  });
const inForce = () => readFile(join(root, "etc/warren/current/authorized_keys/hula"), "utf8");

describe("apply", () => {
  it("puts the first bundle in force and says what came by it", async () => {
    const outcome = await applied(wholeBundle(access(1)));
    expect(outcome).toMatchObject({
      kind: "applied",
      report: { generation: "1", sequence: 1, changed: [], removed: [], keysRemoved: [] },
    });
    expect(outcome.kind === "applied" && outcome.report.keysAdded).toHaveLength(3);
    expect(await inForce()).toBe(access(1).files.get("authorized_keys/hula"));
  });

  it("takes from the generation in force what the bundle leaves out", async () => {
    await applied(wholeBundle(access(1)));
    const next = access(2, devices(4));
    const bundle = bundleOf(next.manifest, await generations.current(), next.files);
    expect(Object.keys(bundle.files)).toEqual(["authorized_keys/hula", "directory/hula.json"]);
    const outcome = await applied(bundle);
    expect(outcome).toMatchObject({
      kind: "applied",
      report: { added: [], changed: ["authorized_keys/hula", "directory/hula.json"] },
    });
    expect(await readdir(join(root, "etc/warren/current/certificates"))).toEqual(["hula.json"]);
  });

  it("refuses a bundle that lacks a file which is not held either", async () => {
    expect((await applied({ ...wholeBundle(access(1)), files: {} })).kind).toBe("refused");
  });

  it("refuses a bundle that comes to another manifest than it names, whatever is missing", async () => {
    await applied(wholeBundle(access(1)));
    const next = access(2, devices(4));
    const bundle = bundleOf(next.manifest, await generations.current(), next.files);
    const kinds = async (other: Bundle) => (await applied(other)).kind;
    expect(await kinds({ ...bundle, files: {} })).toBe("refused");
    expect(await kinds({ ...bundle, removed: ["certificates/hula.json"] })).toBe("refused");
    expect(await kinds({ ...bundle, removed: ["certificates/tern.json"] })).toBe("refused");
    expect(await kinds({ ...bundle, result: access(2).manifest.files["directory/hula.json"] ?? "" })).toBe(
      "refused",
    );
    expect(await readlink(join(root, "etc/warren/current"))).toBe("generations/1");
    expect(await kinds(bundle)).toBe("applied");
  });

  it("takes newer commits of the same files into the generation that stands", async () => {
    await applied(wholeBundle(access(1)));
    const { manifest, files } = access(2, devices(3));
    const next = { ...manifest, realmCommit: "a".repeat(40), registryCommit: "b".repeat(40) };
    const bundle = bundleOf(next, await generations.current(), files);
    expect(bundle).toMatchObject({ files: {}, removed: [] });
    expect(await applied(bundle)).toMatchObject({
      kind: "applied",
      report: { generation: "1", sequence: 2 },
    });
    const held = await generations.current();
    expect(held).toEqual({ kind: "generation", name: "1", manifest: next });
    expect((await applied(bundleOf(access(1).manifest, held, files))).kind).toBe("refused");
  });

  it("tells what stands in the generation otherwise than it was applied, and takes it away", async () => {
    await applied(wholeBundle(access(1)));
    const current = join(root, "etc/warren/current");
    await writeFile(join(current, "authorized_keys/hula"), "x\n");
    await writeFile(join(current, "authorized_keys/b\nad"), "x\n");
    await rm(join(current, "certificates/hula.json"));
    await symlink("/etc/passwd", join(current, "link"));
    const held = await generations.current();
    expect(held.kind === "generation" && held.strays).toEqual({
      changed: { "authorized_keys/hula": "x\n" },
      missing: ["certificates/hula.json"],
      unknown: ["authorized_keys/b?ad", "link@"],
    });
    const { manifest, files } = access(1);
    expect(await applied(bundleOf(manifest, held, files))).toMatchObject({
      kind: "applied",
      report: { generation: "2" },
    });
    expect(await generations.current()).toEqual({ kind: "generation", name: "2", manifest });
  });

  it("refuses another realm, another proxy and an older registry", async () => {
    await applied(wholeBundle(access(5)));
    for (const change of [{ realm: "other" }, { proxy: "us" }, { sequence: 4 }]) {
      const bundle = wholeBundle(access(6));
      expect((await applied({ ...bundle, manifest: { ...bundle.manifest, ...change } })).kind).toBe(
        "refused",
      );
    }
    expect(await generations.current()).toMatchObject({ name: "1" });
  });

  it.each<[string, Bundle]>([
    ["a key without options", forged("authorized_keys/hula", (text) => `${text}${madeKey("evil")}\n`)],
    [
      "a second line in a key",
      forged("authorized_keys/hula", (text) => text.replace(/\n/, `\n${madeKey("evil")}\n`)),
    ],
    [
      "a key of another system",
      forged("authorized_keys/hula", (text) => text.replaceAll("1.hula.atlas", "1.tern.atlas")),
    ],
    [
      "a key of another realm",
      forged("authorized_keys/hula", (text) => text.replaceAll("1.hula.atlas", "1.hula.other")),
    ],
    ["two devices on one port", forged("authorized_keys/hula", (text) => text.replaceAll("61002", "61001"))],
    [
      "a controller that opens the proxy's own sshd",
      forged(
        "authorized_keys/hula",
        (text) =>
          `${text}restrict,port-forwarding,permitlisten="none:1",permitopen="127.0.0.1:22",command="controller.hula.atlas" ${madeKey("c")}\n`,
      ),
    ],
    [
      "one key under two computers",
      forged("authorized_keys/hula", (text) =>
        text.replace(madeKey("2.hula.atlas"), madeKey("1.hula.atlas")),
      ),
    ],
    [
      "a directory of another system",
      forged("directory/hula.json", (text) => text.replace('"hula"', '"tern"')),
    ],
    ["a directory that is none", forged("directory/hula.json", () => "{}\n")],
    ["certificates that are none", forged("certificates/hula.json", () => '{"1":"x"}\n')],
    ["a signature that is none", forged("directory/hula.json.sig", () => "#!/bin/sh\n")],
  ])("refuses %s, and leaves what is in force alone", async (_what, bundle) => {
    await applied(wholeBundle(access(1)));
    const before = await inForce();
    const outcome = await applied(bundle);
    expect(outcome).toMatchObject({ kind: "refused" });
    expect(outcome.kind === "refused" && outcome.problems.length).toBeGreaterThan(0);
    expect(await readlink(join(root, "etc/warren/current"))).toBe("generations/1");
    expect(await inForce()).toBe(before);
  });

  it("stops a removal of more than the guard allows, unless root forces it", async () => {
    await applied(wholeBundle(access(1, devices(40))));
    expect(await applied(wholeBundle(access(2, devices(29))))).toMatchObject({
      kind: "refused",
      problems: [expect.stringMatching(/^guard allows 10 removals/)],
    });
    expect(await applied(wholeBundle(access(2, devices(29))), { forced: true })).toMatchObject({
      kind: "applied",
    });
  });

  it("counts the removals of the hour together", async () => {
    await applied(wholeBundle(access(1, devices(20))));
    expect((await applied(wholeBundle(access(2, devices(11))))).kind).toBe("applied");
    expect((await applied(wholeBundle(access(3, devices(10))))).kind).toBe("applied");
    expect((await applied(wholeBundle(access(4, devices(9))))).kind).toBe("refused");
  });

  it("counts no key whose time was up", async () => {
    const old = devices(20).map((record) => ({
      ...record,
      sshKeys: record.sshKeys.map(({ key }) => accepted(key, "2026-11-21T08:00:00Z")),
    }));
    await applied(wholeBundle(access(1, old)));
    expect((await applied(wholeBundle(access(2, [])))).kind).toBe("applied");
  });

  it("keeps five generations", async () => {
    for (let sequence = 1; sequence <= 7; sequence++) await applied(wholeBundle(access(sequence)));
    expect((await readdir(join(root, "etc/warren/generations"))).toSorted()).toEqual([
      "3",
      "4",
      "5",
      "6",
      "7",
    ]);
  });

  it("mends a file that somebody changed on the proxy, for that is what it says it holds", async () => {
    await applied(wholeBundle(access(1)));
    await writeFile(join(root, "etc/warren/current/authorized_keys/hula"), madeKey("evil"));
    const held = await generations.current();
    expect(held.kind === "generation" && held.manifest.files["authorized_keys/hula"]).not.toBe(
      access(1).manifest.files["authorized_keys/hula"],
    );
    expect((await applied(wholeBundle(access(1)))).kind).toBe("applied");
    expect(await inForce()).not.toContain(madeKey("evil"));
  });

  it("goes back to the generation before", async () => {
    await applied(wholeBundle(access(1)));
    await applied(wholeBundle(access(2, devices(4))));
    expect(await generations.rollBack()).toEqual({ name: "1", back: [] });
    expect(await inForce()).toBe(access(1).files.get("authorized_keys/hula"));
  });

  it("goes back and says which keys come with it", async () => {
    const [gone] = devices(1);
    await applied(wholeBundle(access(1)));
    await applied(wholeBundle(access(2, devices(2, 2))));
    expect((await generations.rollBack()).back).toEqual(gone?.sshKeys.map(({ fingerprint }) => fingerprint));
  });

  it("goes back to no generation that was never in force, nor to one that was rolled back from", async () => {
    await applied(wholeBundle(access(1)));
    await cp(join(root, "etc/warren/generations/1"), join(root, "etc/warren/generations/2"), {
      recursive: true,
    });
    await applied(wholeBundle(access(2, devices(4))));
    expect(await readdir(join(root, "etc/warren/generations"))).toEqual(["1", "3"]);
    expect((await generations.rollBack()).name).toBe("1");
    await applied(wholeBundle(access(2, devices(4))));
    expect(await readdir(join(root, "etc/warren/generations"))).toEqual(["1", "4"]);
  });

  it("lets one apply at a time work on a proxy", async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => applied(wholeBundle(access(1)))));
    expect(
      outcomes.map((outcome) => outcome.kind === "applied" && outcome.report.generation).toSorted(),
    ).toEqual(["1", "2", "3"]);
  });
});
