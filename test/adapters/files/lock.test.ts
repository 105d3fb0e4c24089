import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { withLock } from "../../../adapters/files/lock.ts";

const asOther = spawnSync("flock", ["--version"]).status === 0 && process.getuid?.() === 0 ? it : it.skip;

describe("a folder's lock", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    chmodSync(folder, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("lets one at a time work", async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withLock(folder, async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} ends`);
      });
    await Promise.all([work("a"), work("b")]);
    const [first = "", second = ""] = order[0] === "a begins" ? ["a", "b"] : ["b", "a"];
    expect(order).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
  });

  asOther("can't be taken by another account, also where an older version made its file", async () => {
    const file = join(folder, ".lock");
    writeFileSync(file, "", { mode: 0o644 });
    const taken = () => spawnSync("flock", ["-n", file, "true"], { uid: 65_534, gid: 65_534 }).status;
    expect(taken()).toBe(0);
    await withLock(folder, async () => {});
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(taken()).not.toBe(0);
  });
});
