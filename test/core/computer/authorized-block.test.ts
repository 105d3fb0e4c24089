import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Directory } from "../../../core/access/directory.ts";
import { controllerLines, replaceBlock } from "../../../core/computer/authorized-block.ts";
import { instantOf } from "../../../core/time.ts";

const key = (name: string): string => `ssh-ed25519 AAAA${name}`;
const ours = (name: string): string => `from="127.0.0.1,::1" ${key(name)} controller-${name}.hula.atlas`;
const at = (text: string) => instantOf(new Date(text));

const directory: Directory = {
  format: 1,
  realm: "atlas",
  system: "hula",
  sequence: 7,
  proxy: { name: "eu", host: "tunnels.example.org", port: 22, hostKeys: [] },
  login: ["atlas"],
  legacy: false,
  devices: { 333: { port: 61333, hostKeys: [] } },
  controllers: {
    "controller-b": { keys: [{ key: key("b"), end: at("2027-01-01T00:00:00Z") }] },
    "controller-a": { keys: [{ key: key("a") }, { key: key("old"), end: at("2026-01-01T00:00:00Z") }] },
  },
};

describe("controllerLines", () => {
  it("let controllers in through the tunnel only, until the end of their key", () => {
    expect(controllerLines(directory, "atlas", at("2026-06-01T00:00:00Z"))).toEqual([
      ours("a"),
      `from="127.0.0.1,::1",expiry-time="20270101000000Z" ${key("b")} controller-b.hula.atlas`,
    ]);
  });

  it("are none for an account that realm.yaml does not name", () => {
    expect(controllerLines(directory, "root", at("2026-06-01T00:00:00Z"))).toEqual([]);
  });
});

describe("replaceBlock", () => {
  const block = (...names: string[]): string =>
    ["# BEGIN warren hula.atlas", ...names.map(ours), "# END warren hula.atlas", ""].join("\n");

  it("adds the block behind what stands there", () => {
    expect(replaceBlock("", "hula.atlas", [ours("a")])).toBe(block("a"));
    expect(replaceBlock("mine\n", "hula.atlas", [ours("a")])).toBe(`mine\n${block("a")}`);
    expect(replaceBlock("mine", "hula.atlas", [ours("a")])).toBe(`mine\n${block("a")}`);
  });

  it("replaces it where it stands", () => {
    const text = `one\n${block("a", "b")}two\n`;
    expect(replaceBlock(text, "hula.atlas", [ours("c")])).toBe(`one\n${block("c")}two\n`);
  });

  it("takes it away when nobody is left", () => {
    expect(replaceBlock(`one\n${block("a")}two\n`, "hula.atlas", [])).toBe("one\ntwo\n");
  });

  it("leaves another realm's block alone", () => {
    const other = block("a").replaceAll("hula.atlas", "hula.other");
    expect(replaceBlock(other, "hula.atlas", [])).toBe(other);
  });

  it("makes one block of two, and ends a torn one at the first foreign line", () => {
    expect(replaceBlock(`${block("a")}one\n${block("b")}`, "hula.atlas", [ours("c")])).toBe(
      `${block("c")}one\n`,
    );
    const torn = `# BEGIN warren hula.atlas\n${ours("a")}\nmine\n${ours("b")}\n`;
    expect(replaceBlock(torn, "hula.atlas", [])).toBe(`mine\n${ours("b")}\n`);
  });

  const anyLine = fc.oneof(
    fc.string({ maxLength: 20 }).map((text) => text.replaceAll("\n", "")),
    fc.constantFrom(
      "# BEGIN warren other.realm",
      "# END warren other.realm",
      "",
      "\r",
      "ssh-ed25519 AAAA me",
    ),
  );
  const anyFile = fc
    .array(anyLine, { maxLength: 8 })
    .map((lines) => lines.map((line) => `${line}\n`).join(""));
  const anyNames = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 });

  it("does the same twice as once", () => {
    fc.assert(
      fc.property(anyFile, anyNames, (file, names) => {
        const once = replaceBlock(file, "hula.atlas", names.map(ours));
        expect(replaceBlock(once, "hula.atlas", names.map(ours))).toBe(once);
      }),
    );
  });

  it("gives the file back byte for byte once it is taken away", () => {
    fc.assert(
      fc.property(anyFile, anyFile, anyNames, (before, after, names) => {
        const with_ = before + (names.length === 0 ? "" : block(...names)) + after;
        expect(replaceBlock(with_, "hula.atlas", [])).toBe(before + after);
      }),
    );
  });
});
