import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

/** An AWS IoT that others wrote, from PyPI: the contract test asks it the same as the sandbox's. */
const PACKAGES = ["moto[iot]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];

/** A virtual environment of Python's; its name says what is in it, so that a second run has nothing to do. */
export const MOTO = "node_modules/.cache/warren/moto-5.2.5";

/** Says that it could not be had: for a day nobody tries again, since that takes half a minute. */
const FAILED = `${MOTO}.failed`;
const DAY = 86_400_000;

/** Installs it, or says aloud which tests go without. */
export function installMoto() {
  if (existsSync(MOTO)) return;
  if (Date.now() - (statSync(FAILED, { throwIfNoEntry: false })?.mtimeMs ?? 0) < DAY)
    return console.error(`tests that ask moto are skipped; rm ${FAILED} to try to install it again`);
  console.error("setting up: moto, from PyPI (half a minute, once)");
  const obstacle = obstacleTo(`${MOTO}.new`);
  if (obstacle !== undefined) {
    writeFileSync(FAILED, `${obstacle}\n`);
    return console.error(`tests that ask moto are skipped: ${obstacle}`);
  }
  // Moved only when it is whole; its program names the folder it was made in, so that Python runs it instead.
  renameSync(`${MOTO}.new`, MOTO);
}

function obstacleTo(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (!ran("python3", ["-m", "venv", folder])) return "python3 can't make a virtual environment";
  // Wheels alone: nothing of a package runs while it is installed.
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
  const patience = ["--retries", "1", "--timeout", "10"];
  if (ran(`${folder}/bin/python`, [...pip, ...patience, ...PACKAGES])) return undefined;
  rmSync(folder, { recursive: true, force: true });
  return "PyPI can't be reached";
}

const ran = (command, args) => spawnSync(command, args, { stdio: "ignore", timeout: 300_000 }).status === 0;
