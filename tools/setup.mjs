import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installMoto } from "./moto.mjs";
import { installPrograms } from "./programs.mjs";

/**
 * Makes a fresh clone ready: installs what package.json names, unless that is done, and builds dist/. With --for-tests
 * also the programs that tests run for real; where they can't be had those tests are skipped.
 */
process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const installed = "node_modules/.package-lock.json";
const stale = !existsSync(installed) || statSync(installed).mtimeMs < statSync("package.json").mtimeMs;
if (stale) {
  console.error("setting up: npm install (about a minute, once)");
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
}
run(process.execPath, ["tools/build.mjs"]);
if (process.argv.includes("--for-tests")) {
  installPrograms();
  installMoto();
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
