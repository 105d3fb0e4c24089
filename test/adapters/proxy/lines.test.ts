import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { lineReader } from "../../../adapters/proxy/lines.ts";

const printing = (script: string) => spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "pipe"] });

describe("a proxy's answer", () => {
  it("is read line by line, and its errors without controls", async () => {
    const child = printing("printf 'a\\nb\\nc'; printf 'x\\033[2J\\n' >&2");
    const lines = lineReader(child);
    expect([await lines.next(5_000), await lines.next(5_000), await lines.next(5_000)]).toEqual([
      "a",
      "b",
      undefined,
    ]);
    expect(lines.errors()).toEqual(["x [2J"]);
  });

  it("is cut off where it doesn't end, also while nobody reads it", async () => {
    const child = printing("exec yes");
    const closed = once(child, "close");
    const lines = lineReader(child);
    expect(await lines.next(5_000)).toBe("y");
    await closed;
    await expect(lines.next(5_000)).rejects.toThrow("answer is longer than");
  });
});
