import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { build } from "esbuild";

/** Begins to listen for signals, then loads what listens for them too, as a command that asks at a terminal does. */
const PROGRAM = `import { setTimeout as pause } from "node:timers/promises";
import { withCleanup } from "./cli/interrupt.ts";
const cleanup = async () => {
  await pause(200);
  console.log("cleaned up");
};
await withCleanup(cleanup, async () => {
  const { takeTurn } = await import("./adapters/files/turn.ts");
  await takeTurn(process.argv[2] + "/turn", 1000);
  console.log("ready");
  await pause(60_000);
});`;

describe("a command that is told to end", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    const banner =
      'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
    await build({
      stdin: { contents: PROGRAM, resolveDir: resolve(".") },
      outfile: join(folder, "program.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      banner: { js: banner },
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What it says from the first signal on, and how it ends. */
  const told = async (...signals: readonly NodeJS.Signals[]) => {
    const child = spawn(process.execPath, [join(folder, "program.mjs"), folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    await once(child.stdout, "data");
    for (const signal of signals) child.kill(signal);
    const [status, signal] = await once(child, "close");
    return { said, status, signal };
  };

  it.each([
    ["SIGINT", { status: 130, signal: null }],
    ["SIGTERM", { status: 143, signal: null }],
    ["SIGHUP", { status: null, signal: "SIGHUP" }],
  ] as const)("by %s cleans up first, also where a library listens for signals", async (signal, end) => {
    expect(await told(signal)).toEqual({ said: "ready\ncleaned up\n", ...end });
  });

  it("by a second signal ends at once", async () => {
    expect(await told("SIGINT", "SIGTERM")).toMatchObject({ said: "ready\n", signal: null });
  });
});
