import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const FOLDERS = ["core", "flows", "adapters", "app", "actions", "cli", "agent", "sandbox"];

/** From, to, and the rule that forbids it, or that it is allowed. */
const IMPORTS: readonly (readonly [string, string, string])[] = [
  ["core/a.ts", "flows/b.ts", "core-imports-core-only"],
  ["core/c.ts", "node:fs", "core-opens-nothing"],
  ["core/d.ts", "node:http", "core-opens-nothing"],
  ["core/e.ts", "node:crypto", "allowed"],
  ["flows/a.ts", "adapters/files/b.ts", "flows-know-ports-only"],
  ["flows/c.ts", "node:child_process", "flows-open-nothing"],
  ["flows/d.ts", "core/f.ts", "allowed"],
  ["adapters/files/a.ts", "flows/e.ts", "adapters-import-core-only"],
  ["adapters/mqtt/a.ts", "adapters/github/b.ts", "adapters-are-neighbours-not-friends"],
  ["adapters/wire.ts", "flows/f.ts", "allowed"],
  ["cli/a.ts", "app/b.ts", "cli-imports-no-other-entry"],
  ["cli/b.ts", "sandbox/b.ts", "allowed"],
  ["agent/a.ts", "sandbox/c.ts", "agent-imports-no-other-entry"],
  ["cli/c.ts", "test/b.ts", "nothing-ships-tests"],
];

function cruise(dir: string): string {
  const cruiser = resolve("node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = [cruiser, "--config", ".dependency-cruiser.cjs", ...FOLDERS];
  return spawnSync(process.execPath, args, { cwd: dir, encoding: "utf8" }).stdout;
}

/** A house that holds exactly these imports. */
function build(dir: string): void {
  for (const file of [".dependency-cruiser.cjs", "tsconfig.json", "package.json"])
    cpSync(file, join(dir, file));
  symlinkSync(resolve("node_modules"), join(dir, "node_modules"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const folder of FOLDERS) mkdirSync(join(dir, folder));
  for (const [from, to] of IMPORTS) {
    if (!to.startsWith("node:")) write(to, "export const there = 1;\n");
    const specifier = to.startsWith("node:") ? to : `${"../".repeat(from.split("/").length - 1)}${to}`;
    write(from, `import * as there from ${JSON.stringify(specifier)};\nexport default there;\n`);
  }
}

describe("the import directions", () => {
  let dir: string;
  let says: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "warren-house-"));
    build(dir);
    says = cruise(dir);
  }, 30_000);
  afterAll(() => rmSync(dir, { recursive: true }));

  it("hold in this house, and the checker has read all of it", () => {
    const [, modules = "0"] = /no dependency violations found \((\d+) modules/.exec(cruise(".")) ?? [];
    expect(Number(modules)).toBeGreaterThan(300);
  }, 30_000);

  it.each(IMPORTS)("judge of %s importing %s: %s", (from, to, rule) => {
    const found = says.split("\n").find((line) => line.includes(`: ${from} → ${to.replace("node:", "")}`));
    expect(found?.trim().split(" ")[1] ?? "allowed:").toBe(`${rule}:`);
  });
});
