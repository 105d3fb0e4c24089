import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { LONGEST_INPUT, readBytesNow, readIfThere, readInput } from "../../../adapters/files/read.ts";

let folder = "";
let file = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  file = join(folder, "file");
});
afterEach(() => rm(folder, { recursive: true }));

const usage = (message: string) => ({ code: "usage", message });

describe("a file that a person named", () => {
  it("is read whole, as UTF-8", async () => {
    const text = "grün 中 ".repeat(50_000);
    await writeFile(file, text);
    expect(await readInput(file)).toBe(text);
    expect(readBytesNow(file).toString("utf8")).toBe(text);
  });

  it("may have as many bytes as the limit, and not one more", async () => {
    await writeFile(file, "");
    await truncate(file, LONGEST_INPUT);
    expect(await readInput(file)).toHaveLength(LONGEST_INPUT);
    await truncate(file, LONGEST_INPUT + 1);
    const problem = "it has more than 16777216 bytes; 16 MB at most";
    await expect(readInput(file)).rejects.toMatchObject(usage(`${file} can't be read: ${problem}`));
    expect(() => readBytesNow(file)).toThrow(problem);
  });

  it("is of a length that /proc does not tell, too", async () => {
    expect(await readInput("/proc/self/status")).toContain("Name:");
  });

  it.each([
    ["/dev/zero", "it is a device; name a file"],
    ["/dev/null", "it is a device; name a file"],
    ["/proc", "it is a folder"],
  ])("is not %s", async (path, problem) => {
    await expect(readInput(path)).rejects.toMatchObject(usage(`${path} can't be read: ${problem}`));
    await expect(readIfThere(path)).rejects.toMatchObject(usage(`${path} can't be read: ${problem}`));
    expect(() => readBytesNow(path)).toThrow(problem);
  });

  it("is missing where there is none", async () => {
    await expect(readInput(file)).rejects.toMatchObject(
      usage(`${file} can't be read: there is no such file`),
    );
    expect(await readIfThere(file)).toBeUndefined();
  });
});

describe("a pipe", () => {
  beforeEach(() => void execFileSync("mkfifo", [file]));

  /** Opens it before this returns, and writes what the shell's words say. */
  const writer = async (words: string) => {
    const child = spawn("sh", ["-c", `exec 3<>"$1"; echo open; ${words}`, "sh", file], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    return child;
  };

  it("is read to its end, however long its writer takes", async () => {
    const child = await writer("read go; echo text >&3; read go; exit");
    const text = readInput(file);
    child.stdin.write("go\n");
    child.stdin.end("go\n");
    expect(await text).toBe("text\n");
  });

  it("that never ends is left at the limit", async () => {
    const child = await writer("exec cat /dev/zero >&3");
    await expect(readInput(file)).rejects.toThrow("it has more than 16777216 bytes; 16 MB at most");
    child.kill();
  });

  it("that nobody writes into holds nobody up", async () => {
    const problem = "it is a pipe, and nobody writes into it";
    await expect(readInput(file)).rejects.toMatchObject(usage(`${file} can't be read: ${problem}`));
  });
});
