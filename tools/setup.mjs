import { spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Makes a fresh clone ready: installs what package.json names, unless that is done, and builds dist/. With --for-tests
 * also the programs of a proxy, for the tests that run a real sshd; where they can't be had those tests are skipped.
 */
process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const installed = "node_modules/.package-lock.json";
const stale = !existsSync(installed) || statSync(installed).mtimeMs < statSync("package.json").mtimeMs;
if (stale) {
  console.error("setting up: npm install (about a minute, once)");
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"]);
}
run(process.execPath, ["tools/build.mjs"]);
if (process.argv.includes("--for-tests")) installPrograms();

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function installPrograms() {
  const programs = {
    "/usr/sbin/sshd": "openssh-server",
    "/usr/bin/sudo": "sudo",
    "/usr/sbin/ip": "iproute2",
  };
  const missing = Object.entries(programs).flatMap(([path, name]) => (existsSync(path) ? [] : [name]));
  if (missing.length === 0) return;
  const what = missing.join(", ");
  const obstacle = obstacleToApt();
  if (obstacle !== undefined) {
    console.error(`tests with a real sshd are skipped: ${what} missing, and ${obstacle}`);
    return;
  }
  console.error(`setting up: apt-get install ${missing.join(" ")}`);
  // What a package's scripts ask before they start a service: nothing is to listen here.
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...missing];
    // A fresh container has no lists yet.
    const done = apt(install) || (apt(["update", "-qq"]) && apt(install));
    if (!done) console.error(`tests with a real sshd are skipped: apt-get could not install ${what}`);
  } finally {
    if (ours) rmSync(policy);
  }
}

/** Where systemd runs, a package would leave a service behind that starts at the next boot. */
function obstacleToApt() {
  if (process.getuid?.() !== 0) return "only root can install them";
  if (!existsSync("/usr/bin/apt-get")) return "there is no apt-get";
  return existsSync("/run/systemd/system") ? "a machine with systemd is left as it is" : undefined;
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", args, { stdio: "ignore", timeout: 180_000, env }).status === 0;
}
