import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { CheckoutFolder } from "../../../adapters/files/checkout.ts";

let [folder, checkout, outside] = ["", "", ""];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  [checkout, outside] = [join(folder, "checkout"), join(folder, "outside")];
  await mkdir(checkout);
  await mkdir(outside);
});
afterEach(() => rm(folder, { recursive: true }));

describe("a checkout of somebody else's", () => {
  it("gets its files in folders of its own", async () => {
    await new CheckoutFolder(checkout).write(".github/workflows/sync.yml", "on: push");
    expect(await readFile(join(checkout, ".github/workflows/sync.yml"), "utf8")).toBe("on: push");
  });

  it.each([".github", ".github/workflows"])(
    "leads nobody out of itself by a link in the place of %s",
    async (link) => {
      if (link !== ".github") await mkdir(join(checkout, ".github"));
      await symlink(outside, join(checkout, link));
      const writing = new CheckoutFolder(checkout).write(".github/workflows/sync.yml", "on: push");
      await expect(writing).rejects.toMatchObject({
        code: "usage",
        message: expect.stringContaining("is a link"),
      });
      expect(await readdir(outside)).toEqual([]);
    },
  );

  it("has no file outside written through a link", async () => {
    await writeFile(join(outside, "profile"), "mine");
    await symlink(join(outside, "profile"), join(checkout, "CODEOWNERS"));
    await expect(new CheckoutFolder(checkout).write("CODEOWNERS", "theirs")).rejects.toMatchObject({
      code: "usage",
    });
    expect(await readFile(join(outside, "profile"), "utf8")).toBe("mine");
  });
});
