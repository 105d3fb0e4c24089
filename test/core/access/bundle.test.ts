import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import {
  type Bundle,
  bundleOf,
  encodeBundle,
  manifestAfter,
  readBundle,
} from "../../../core/access/bundle.ts";
import type { Held } from "../../../core/access/held.ts";
import { hashOf, type Manifest, systemOfPath } from "../../../core/access/manifest.ts";
import { good } from "../../made/access.ts";

const manifest = (files: Readonly<Record<string, string>>, sequence = 3): Manifest => ({
  format: 1,
  realm: "atlas",
  proxy: "eu",
  sequence,
  files,
});
const empty: Held = { kind: "empty" };
const KEYS = "authorized_keys/hula";
const bundle = bundleOf(manifest({ [KEYS]: hashOf("") }), empty, new Map([[KEYS, ""]]));
const named = (path: string): Bundle => ({ ...bundle, files: { [path]: "" } });

describe("readBundle", () => {
  it("reads back what was encoded", () => {
    expect(good(readBundle(encodeBundle(bundle)))).toEqual(bundle);
  });

  it.each([
    "../../etc/passwd",
    "/etc/passwd",
    "authorized_keys/../hula",
    "authorized_keys/root",
    "authorized_keys/hula/x",
    "authorized_keys/hula.json",
    "directory/hula",
    "directory/hula.json.sig.sig",
    "authorized_keys/Hula",
    "manifest.json",
    "guard",
    "",
  ])("refuses the path %j", (path) => {
    expect(readBundle(encodeBundle(named(path))).ok).toBe(false);
    expect(readBundle(encodeBundle({ ...bundle, removed: [path] })).ok).toBe(false);
  });

  it("refuses a small file that unpacks to more than the cap", () => {
    const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    expect(readBundle(bomb).ok).toBe(false);
  });

  it.each([
    ["no gzip", Buffer.from("{}")],
    ["no JSON", gzipSync("x")],
    ["no UTF-8", gzipSync(Buffer.from([0x22, 0xff, 0x22]))],
    ["a field more", gzipSync(JSON.stringify({ ...bundle, more: 1 }))],
    ["another format", gzipSync(JSON.stringify({ ...bundle, format: 1 }))],
    ["nothing", Buffer.alloc(0)],
  ])("refuses %s", (_what, bytes) => {
    expect(readBundle(bytes).ok).toBe(false);
  });
});

describe("manifestAfter", () => {
  const files = {
    [KEYS]: hashOf("1"),
    "authorized_keys/tern": hashOf("2"),
    "directory/tern.json": hashOf("3"),
  };
  const held: Held = { kind: "generation", name: "1", manifest: manifest(files) };

  it("rebuilds the whole manifest from what is held and what was sent", () => {
    const { "directory/tern.json": _gone, ...kept } = files;
    const next = manifest({ ...kept, [KEYS]: hashOf("new") }, 4);
    const sent = bundleOf(
      next,
      held,
      new Map([
        [KEYS, "new"],
        ["authorized_keys/tern", "2"],
      ]),
    );
    expect(sent).toMatchObject({ removed: ["directory/tern.json"], files: { [KEYS]: "new" } });
    expect(good(manifestAfter(sent, held))).toEqual(next);
  });

  it("refuses what comes to another manifest, or removes what is not held", () => {
    const sent = bundleOf(manifest({ ...files, [KEYS]: hashOf("new") }), held, new Map([[KEYS, "new"]]));
    for (const other of [
      { ...sent, files: { [KEYS]: "other" } },
      { ...sent, files: {} },
      { ...sent, files: { ...sent.files, "certificates/hula.json": "" } },
      { ...sent, removed: ["authorized_keys/tern"] },
      { ...sent, removed: ["certificates/hula.json"] },
      { ...sent, manifest: { ...sent.manifest, sequence: 9 } },
    ]) {
      expect(manifestAfter(other, held).ok).toBe(false);
    }
    expect(manifestAfter(sent, empty).ok).toBe(false);
    expect(manifestAfter(sent, held).ok).toBe(true);
  });
});

describe("systemOfPath", () => {
  it.each([
    ["authorized_keys/hula", "hula"],
    ["directory/hula.json", "hula"],
    ["directory/hula.json.sig", "hula"],
    ["certificates/hula.json", "hula"],
  ])("knows %s", (path, system) => {
    expect(systemOfPath(path)).toBe(system);
  });
});
