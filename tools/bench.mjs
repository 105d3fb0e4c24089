import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** `npm run bench -- NAME`: bundles bench/NAME.ts as dist/ is, and runs it alone. */
const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
const [name = "", ...rest] = process.argv.slice(2);
const entry = `bench/${name}.ts`;
if (!/^[a-z-]+$/.test(name) || !existsSync(entry)) {
  console.error(
    "usage: npm run bench -- access | connect | decide | exec | registry | sweep | login | load | help | agent | wake",
  );
  process.exit(64);
}
// Inside the package, so that its libraries are found.
const folder = mkdtempSync(join(root, "node_modules", ".bench-"));
try {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20.18",
    format: "esm",
    logLevel: "warning",
  });
  const run = spawnSync(process.execPath, ["--expose-gc", outfile, ...rest], { stdio: "inherit" });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
