import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readAhead } from "../../../adapters/files/read-ahead.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "warren-test-"));
  for (let file = 0; file < 10; file++) writeFileSync(join(dir, `${file}`), `this is ${file}`);
  writeFileSync(join(dir, "empty"), "");
  writeFileSync(join(dir, "large"), Buffer.alloc(16 * 1024));
  execFileSync("mkfifo", [join(dir, "pipe")]);
});
afterAll(() => rmSync(dir, { recursive: true }));

/** The same few files again and again: how many there are counts, not which. */
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index % 10}`);
const read = (paths: readonly string[]) =>
  Array.from(readAhead(dir, paths), (bytes) => bytes?.toString("latin1"));

describe("readAhead", () => {
  it("gives the bytes of many files in their order, round after round of its slots", () => {
    const paths = many(3000);
    expect(read(paths)).toEqual(paths.map((path) => `this is ${path}`));
  });

  it("leaves to the reader what is missing, no file, or larger than a slot, and goes on", () => {
    const paths = [...many(2000), "missing", "large", "empty", ".", "7"];
    expect(read(paths).slice(2000)).toEqual([undefined, undefined, "", undefined, "this is 7"]);
  });

  it("leaves a pipe to the reader, and waits for nobody to write into it", () => {
    const began = performance.now();
    expect(read([...many(2000), "pipe", "7"]).slice(2000)).toEqual([undefined, "this is 7"]);
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  it("starts no thread for a few files", () => {
    expect(read(many(5))).toEqual(Array(5).fill(undefined));
  });

  it("may be left before its end", () => {
    let taken = 0;
    for (const bytes of readAhead(dir, many(5000))) {
      expect(bytes?.toString()).toBe(`this is ${taken}`);
      if (++taken === 10) break;
    }
    expect(taken).toBe(10);
  });
});
