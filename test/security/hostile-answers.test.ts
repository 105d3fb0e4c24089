import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { SshDesk } from "../../adapters/openssh/desk.ts";
import { execOutput } from "../../cli/controller/exec-output.ts";
import { KeptOutput } from "../../cli/controller/kept-output.ts";
import { outcomeOf } from "../../cli/outcome.ts";
import { Failure } from "../../core/failure.ts";
import { lastLine } from "../../core/lines.ts";
import { seePresence } from "../../flows/see-presence.ts";
import { InMemoryBroker } from "../fixtures/in-memory-broker.ts";
import { idOf } from "../processes/small-realm.ts";

/** Clears the screen, sets the title, hides the rest, in C0 and C1. */
const STEERING = "\u001b[2J\u001b]0;root@laptop\u0007no\u001b[8m\u009b1A\rsuch system";

describe("a hostile proxy", () => {
  const path = process.env.PATH;
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  });
  afterEach(async () => {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
  });

  it.each([
    [1, "refused"],
    [255, "unavailable"],
  ])("that says with status %i why steers no terminal by it", async (status, code) => {
    await writeFile(join(folder, "said"), `first\n${STEERING}\r\n`);
    const ssh = `#!/bin/sh\ncat '${join(folder, "said")}' >&2\nexit ${status}\n`;
    await writeFile(join(folder, "ssh"), ssh, { mode: 0o755 });
    process.env.PATH = `${folder}:${path}`;
    const asked = new SshDesk(["proxy"]).ask("directory");
    await expect(asked).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/: nosuch system$/),
    });
  });

  it("has its last line quoted without what it moves a cursor by", () => {
    expect(lastLine(`first\n${STEERING}\r\n\n`)).toBe("nosuch system");
  });
});

describe("whatever a failure quotes", () => {
  it("steers no terminal, and its lines stay lines", () => {
    const failure = new Failure("usage", `file:1 ${STEERING}\nfile:2 bad`, { hint: `try ${STEERING}` });
    expect(outcomeOf(failure, false).says).toBe(
      "warren: file:1 nosuch system\nfile:2 bad\nhint: try nosuch system\n",
    );
    expect(outcomeOf(new Error(STEERING), false).says).toMatch(/^warren: nosuch system\n/);
  });
});

describe("a hostile device", () => {
  it("that never stops saying that it is there keeps no list waiting, nor under other names", async () => {
    const broker = new InMemoryBroker();
    let [now, said] = [0, 0];
    /** Whenever somebody waits, the device speaks first. */
    const stopwatch = {
      now: () => now,
      after: (milliseconds: number, act: () => void) => {
        now += milliseconds;
        said += 1;
        if (said > 1_000) return () => {};
        for (const name of ["333", `x${said}`]) {
          void broker.publish(`atlas/hula/${name}/tunnel/presence`, "online|v=2|boot=a|tunnel=up|since=7");
          void broker.publish(`atlas/hula/${name}/tunnel/state`, "disconnected");
        }
        setImmediate(act);
        return () => {};
      },
    };
    const ids = ["333", "334"].map((name) => idOf(`${name}.hula.atlas`));
    const seen = await broker.lend((bus) => seePresence(bus, stopwatch, ids));
    expect(Object.fromEntries(seen)).toEqual({
      333: { state: "connected", since: 7 },
      334: { state: "offline" },
    });
  }, 5_000);

  it("that never stops writing, one character a line, fills no memory", () => {
    const [shown, devices]: [string[], number] = [[], 4];
    const screen = { print: (_: unknown, text: string): undefined => void shown.push(text) };
    const output = execOutput("json", false, screen);
    const before = process.memoryUsage().heapUsed;
    for (let device = 0; device < devices; device += 1)
      for (let line = 0; line < 3_000_000; line += 1) output.heard(`d${device}`, "stdout", "y");
    const grown = (process.memoryUsage().heapUsed - before) / 1024 ** 2;
    for (let device = 0; device < devices; device += 1)
      output.ended(`d${device}`, { kind: "done", status: 0 });
    // Megabytes, with what is not collected yet; of each device 4 million characters are kept.
    expect(grown).toBeLessThan(190);
    for (const line of shown) expect(JSON.parse(line).stdout).toMatch(/\ny\n\[more was cut off\]\n$/);
  });

  it("in a crowd of its like leaves some memory: all together have a limit", () => {
    const kept = new KeptOutput();
    const [names, line] = [Array.from({ length: 40 }, (_, index) => `d${index}`), "x".repeat(65_536)];
    for (let round = 0; round < 100; round += 1) for (const name of names) kept.add(name, line);
    const texts = names.map((name) => kept.take(name));
    expect(texts.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(65 * 1024 ** 2);
    expect(texts.every((text) => text.endsWith("[more was cut off]\n"))).toBe(true);
    // What was shown makes room.
    kept.add("d0", line);
    expect(kept.take("d0")).toBe(line);
  });
});
