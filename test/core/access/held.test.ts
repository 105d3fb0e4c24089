import { describe, expect, it } from "@jest/globals";
import {
  boundedStrays,
  type Held,
  MOST_STRAY_TEXT,
  readHeld,
  withFindings,
} from "../../../core/access/held.ts";
import { good } from "../../made/access.ts";

const manifest = { format: 1, realm: "atlas", proxy: "eu", sequence: 1, files: {} } as const;
const held: Held = { kind: "generation", name: "1", manifest };
const KEYS = "authorized_keys/hula";
const strays = { changed: {}, missing: [], unknown: [] };

describe("readHeld", () => {
  it.each<[string, unknown]>([
    ["no JSON", undefined],
    ["a field more", { ...held, more: 1 }],
    ["a name that is a path", { ...held, name: "../1" }],
    ["terminal escapes in a name", { ...held, strays: { ...strays, unknown: ["\u001b[2J"] } }],
    ["a path that no generation has", { ...held, strays: { ...strays, missing: ["../x"] } }],
    ["a changed file of no generation", { ...held, strays: { ...strays, changed: { "/etc/passwd": "x" } } }],
    [
      "too much text",
      { ...held, strays: { ...strays, changed: { [KEYS]: "x".repeat(MOST_STRAY_TEXT + 1) } } },
    ],
    ["too many names", { ...held, strays: { ...strays, unknown: Array(101).fill("x") } }],
    ["line breaks in a finding", { ...held, findings: ["a\nb"] }],
    ["too many findings", { kind: "empty", findings: Array(51).fill("x") }],
    ["a finding too long", { kind: "empty", findings: ["x".repeat(501)] }],
  ])("refuses %s", (_what, value) => {
    expect(readHeld(JSON.stringify(value) ?? "x").ok).toBe(false);
  });

  it("reads what a proxy may tell, however much was found there", () => {
    const found = boundedStrays({
      changed: new Map([
        [KEYS, "x".repeat(MOST_STRAY_TEXT)],
        ["authorized_keys/tern", "x"],
      ]),
      missing: ["directory/hula.json"],
      unknown: Array.from({ length: 200 }, (_, n) => `${n}\n${"x".repeat(400)}`),
    });
    if (found === undefined) throw new Error("no strays");
    const told = withFindings({ ...held, strays: found }, Array(60).fill(`a\u001b${"b".repeat(600)}`));
    expect(good(readHeld(JSON.stringify(told)))).toEqual(told);
    expect(found.changed["authorized_keys/tern"]).toBeNull();
    expect(found.unknown).toHaveLength(100);
    expect(told.findings?.[0]).toMatch(/^a\?b+$/);
  });

  it("says nothing where nothing was found", () => {
    expect(boundedStrays({ changed: new Map(), missing: [], unknown: [] })).toBeUndefined();
    expect(withFindings(held, [])).toBe(held);
  });
});
