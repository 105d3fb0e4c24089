import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));

const whereIn = (folders: readonly string[], words: RegExp): readonly string[] =>
  folders.flatMap(sourcesIn).filter((path) => words.test(readFileSync(path, "utf8")));

describe("files and folders", () => {
  it("that a person may name are read by one function, up to its limit", () => {
    expect(whereIn(["cli", "app", "actions"], /\breadFile(?:Sync)?\(|createReadStream\(/)).toEqual([]);
  });

  it("are made by one function where those above may be missing: Node's own loops for ever below /proc", () => {
    const shipped = ["adapters", "agent", "app", "actions", "cli", "sandbox"];
    expect(whereIn(shipped, /\bmkdir(?:Sync)?\([^;]*recursive: true/)).toEqual([]);
  });
});
