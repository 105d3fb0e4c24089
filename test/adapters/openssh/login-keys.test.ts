import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
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
      code: "refused",
      message: `${file} can't be written: is a folder`,
    });
    expect(await readdir(folder)).toEqual(["keys"]);
  });

  it("knows the accounts that it was given, and no others", async () => {
    const keys = new FileLoginKeys({ atlas: join(folder, "keys") });
    await keys.write("root", "text\n");
    expect(await keys.read("root")).toBe("");
  });
});

const NOBODY = 65_534;
(process.getuid?.() === 0 ? describe : describe.skip)("FileLoginKeys, as root", () => {
  let folder: string;
  let home: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    await chmod(folder, 0o755);
    home = join(folder, "home");
    await mkdir(home, { mode: 0o700 });
    await chown(home, NOBODY, NOBODY);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("makes what is missing in an account's home as that account", async () => {
    const file = join(home, ".ssh/authorized_keys");
    const keys = new FileLoginKeys({ atlas: file });
    await keys.write("atlas", "a line\n");
    expect(await keys.read("atlas")).toBe("a line\n");
    for (const path of [file, join(home, ".ssh")]) expect((await stat(path)).uid).toBe(NOBODY);
  });

  it.each(["the file", "its folder"])(
    "follows no link of an account's to what is root's: %s",
    async (what) => {
      const mine = join(folder, "root");
      await mkdir(mine, { mode: 0o700 });
      await writeFile(join(mine, "authorized_keys"), "root's\n", { mode: 0o600 });
      const ssh = join(home, ".ssh");
      if (what === "its folder") await symlink(mine, ssh);
      else {
        await mkdir(ssh);
        await symlink(join(mine, "authorized_keys"), join(ssh, "authorized_keys"));
        await chown(ssh, NOBODY, NOBODY);
      }
      const keys = new FileLoginKeys({ atlas: join(ssh, "authorized_keys") });
      await expect(keys.read("atlas")).rejects.toMatchObject({ code: "refused" });
      await expect(keys.write("atlas", "a line\n")).rejects.toMatchObject({ code: "refused" });
      expect(await readFile(join(mine, "authorized_keys"), "utf8")).toBe("root's\n");
      expect(await readdir(mine)).toEqual(["authorized_keys"]);
    },
  );

  it("writes by itself where all is root's, also behind a link that root made", async () => {
    const [etc, link] = [join(folder, "etc"), join(folder, "link")];
    await mkdir(etc);
    await symlink(etc, link);
    const keys = new FileLoginKeys({ atlas: join(link, "atlas") });
    await keys.write("atlas", "a line\n");
    expect((await stat(join(etc, "atlas"))).uid).toBe(0);
    expect(await keys.read("atlas")).toBe("a line\n");
  });
});
