import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { FileLoginKeys } from "../../../adapters/openssh/login-keys.ts";

describe("FileLoginKeys", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("makes the file and its folder, for its owner alone", async () => {
    const file = join(folder, ".ssh/authorized_keys");
    const keys = new FileLoginKeys({ atlas: file });
    expect(await keys.read("atlas")).toBe("");
    await keys.write("atlas", "a line\n");
    expect(await keys.read("atlas")).toBe("a line\n");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, ".ssh"))).mode & 0o777).toBe(0o700);
  });

  it("keeps the mode of a file, and a link where one stands", async () => {
    const [file, link] = [join(folder, "keys"), join(folder, "link")];
    await writeFile(file, "mine\n");
    await chmod(file, 0o644);
    await symlink(file, link);
    await new FileLoginKeys({ atlas: link }).write("atlas", "mine\nours\n");
    expect(await readlink(link)).toBe(file);
    expect(await readFile(file, "utf8")).toBe("mine\nours\n");
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  it("leaves the old text, and nothing else, where it can't write", async () => {
    const file = join(folder, "keys");
    await mkdir(file);
    await expect(new FileLoginKeys({ atlas: file }).write("atlas", "text\n")).rejects.toMatchObject({
      code: expect.stringMatching(/EISDIR|ENOTEMPTY|EEXIST/),
    });
    expect((await stat(file)).isDirectory()).toBe(true);
    await expect(stat(`${file}.warren-${process.pid}`)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("knows the accounts that it was given, and no others", async () => {
    const keys = new FileLoginKeys({ atlas: join(folder, "keys") });
    await keys.write("root", "text\n");
    expect(await keys.read("root")).toBe("");
  });
});
