import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { type Bundle, encodeBundle, readBundle } from "../../../core/access/bundle.ts";
import { hashOf, systemOfPath } from "../../../core/access/manifest.ts";
import { good } from "../../made/access.ts";

const files = { "authorized_keys/hula": "" };
const bundle: Bundle = {
  format: 1,
  manifest: {
    format: 1,
    realm: "atlas",
    proxy: "eu",
    sequence: 3,
    files: { "authorized_keys/hula": hashOf("") },
  },
  files,
};

const named = (path: string): Bundle => ({
  ...bundle,
  manifest: { ...bundle.manifest, files: { [path]: hashOf("") } },
  files: { [path]: "" },
});

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
  });

  it("refuses a file that has not the manifest's hash, or that the manifest lacks", () => {
    expect(readBundle(encodeBundle({ ...bundle, files: { "authorized_keys/hula": "x" } })).ok).toBe(false);
    expect(readBundle(encodeBundle({ ...bundle, files: { ...files, "authorized_keys/tern": "" } })).ok).toBe(
      false,
    );
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
    ["another format", gzipSync(JSON.stringify({ ...bundle, format: 2 }))],
    ["nothing", Buffer.alloc(0)],
  ])("refuses %s", (_what, bytes) => {
    expect(readBundle(bytes).ok).toBe(false);
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
