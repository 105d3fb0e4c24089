import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { makeFolder } from "../../../adapters/files/make-folder.ts";

describe("makeFolder", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("makes what is missing above, with the same mode, and is content with what is there", async () => {
    const path = join(folder, "a/b/c");
    makeFolder(path, 0o700);
    makeFolder(path, 0o700);
    for (const each of [path, join(path, ".."), join(path, "../..")])
      expect((await stat(each)).mode & 0o777).toBe(0o700);
  });

  it("takes a link to a folder for one", async () => {
    await symlink(folder, join(folder, "link"));
    makeFolder(join(folder, "link/a"));
    expect((await stat(join(folder, "a"))).isDirectory()).toBe(true);
  });

  it.each(["/proc/warren", "/proc/warren/a/b", "/proc/self/warren"])(
    "says of %s that no folder is made there, and ends",
    (path) => {
      expect(() => makeFolder(path)).toThrow(
        expect.objectContaining({
          code: "usage",
          message: expect.stringMatching(/^\/proc\S* can't be made: \/proc\S* takes no folders$/),
        }),
      );
    },
  );

  it("passes on what the system says, of a file or a link to nowhere in the way too", async () => {
    const path = join(folder, "file");
    await writeFile(path, "");
    await symlink(join(folder, "nowhere"), join(folder, "link"));
    expect(() => makeFolder(path)).toThrow(expect.objectContaining({ code: "EEXIST" }));
    expect(() => makeFolder(join(folder, "link"))).toThrow(expect.objectContaining({ code: "EEXIST" }));
    expect(() => makeFolder(join(path, "a"))).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
  });
});
