import { chmod, lstat, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { socketFolder } from "../../../adapters/openssh/sockets.ts";

describe("the folder of ssh's sockets", () => {
  let shared = "";
  beforeEach(async () => {
    shared = await mkdtemp("/tmp/wt-");
  });
  afterEach(() => rm(shared, { recursive: true }));

  /** Of a profile whose own path is too long, below a folder that others may write to as well. */
  const made = async () =>
    socketFolder(`/nonexistent/${"long/".repeat(20)}profile`, { XDG_RUNTIME_DIR: shared });

  it("is for this account alone", async () => {
    const place = await made();
    expect(place).toMatch(new RegExp(`^${shared}/warren/[0-9a-f]{12}$`));
    for (const path of [place, join(place, "..")]) expect((await lstat(path)).mode & 0o777).toBe(0o700);
    expect(await made()).toBe(place);
  });

  it("is none that another was first to make open to others", async () => {
    await mkdir(join(shared, "warren"));
    await chmod(join(shared, "warren"), 0o777);
    await expect(made()).rejects.toMatchObject({ code: "usage" });
    expect(await readdir(join(shared, "warren"))).toEqual([]);
  });

  it("is made behind no link that another was first to put there, and nothing else is either", async () => {
    const home = join(shared, "home");
    await mkdir(home, { mode: 0o700 });
    await symlink(home, join(shared, "warren"));
    await expect(made()).rejects.toMatchObject({ code: "usage" });
    expect(await readdir(home)).toEqual([]);
  });
});
