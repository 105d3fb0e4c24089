import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { validateFile } from "../../../cli/admin/validate-file.ts";

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "warren-validate-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const example = fileURLToPath(new URL("../../../realm.yaml", import.meta.url));

describe("validateFile", () => {
  it("says of a valid file, in one line, how long names may be", async () => {
    const { valid, lines, document } = await validateFile(example);
    expect(valid).toBe(true);
    expect(lines).toEqual([
      `${example} is valid: realm atlas, 2 systems, 2 accounts; computer names hold up to 32 characters`,
    ]);
    expect(document).toEqual({
      valid: true,
      realm: "atlas",
      systems: 2,
      longestNames: { hula: 32, tern: 32 },
    });
  });

  it("lists each problem as FILE:LINE:COL path: message, and the same as data", async () => {
    const file = join(dir, "realm.yaml");
    writeFileSync(file, "realm: Atlas\nfreeze: maybe\nsytems: {}\n");
    const { valid, lines, document } = await validateFile(file);
    expect(valid).toBe(false);
    expect(lines).toContain(`${file}:2:9 freeze: "maybe" is not allowed here; write true or false`);
    expect(document).toMatchObject({
      valid: false,
      problems: expect.arrayContaining([
        {
          file,
          line: 2,
          col: 9,
          path: "freeze",
          message: '"maybe" is not allowed here; write true or false',
        },
      ]),
    });
    for (const line of lines) expect(line).toMatch(/^\S+realm\.yaml:\d+:\d+ [a-zA-Z]+: .+[^.]$/);
  });

  it("fails on a file that can't be read, as wrong usage", async () => {
    await expect(validateFile(join(dir, "nowhere.yaml"))).rejects.toMatchObject({ code: "usage" });
    await expect(validateFile(dir)).rejects.toMatchObject({ code: "usage" });
  });
});
