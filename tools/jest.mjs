import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs jest on ES modules, which Node keeps behind a flag. */
const jest = fileURLToPath(new URL("../node_modules/jest/bin/jest.js", import.meta.url));
const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
const run = spawnSync(process.execPath, [...flags, jest, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(run.status ?? 1);
