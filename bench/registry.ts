import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRegistryFolder } from "../adapters/files/registry-folder.ts";
import { recordTexts, SYSTEMS } from "./world.ts";

const SECONDS = 2.5;
const MEGABYTES = 400;

const dir = mkdtempSync(join(tmpdir(), "warren-bench-"));
try {
  writeFileSync(join(dir, "registry.json"), '{\n  "format": 1,\n  "sequence": 1\n}\n');
  for (let system = 0; system < SYSTEMS; system++) mkdirSync(join(dir, `s${system}`));
  for (const { path, text } of recordTexts()) writeFileSync(join(dir, path), text);

  let best = Number.POSITIVE_INFINITY;
  let memory = 0;
  for (let round = 0; round < 3; round++) {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    const { size } = readRegistryFolder(dir);
    const seconds = (performance.now() - wall) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    memory = process.memoryUsage().rss / 1e6;
    best = Math.min(best, seconds);
    const spent = `${seconds.toFixed(2)} s on the wall, ${((user + system) / 1e6).toFixed(2)} s of CPU`;
    console.log(`${size.toLocaleString("en")} records: ${spent}, ${Math.round(memory)} MB resident`);
    globalThis.gc?.();
  }
  const peak = (process.resourceUsage().maxRSS * 1024) / 1e6;
  console.log(
    `at best ${best.toFixed(2)} s (${best <= SECONDS ? "meets" : "MISSES"} ${SECONDS}); at most ${Math.round(peak)} MB (${peak <= MEGABYTES ? "meets" : "MISSES"} ${MEGABYTES})`,
  );
  if (best > SECONDS || peak > MEGABYTES) process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true });
}
