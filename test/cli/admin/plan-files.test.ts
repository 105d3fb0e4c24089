import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { planFiles } from "../../../cli/admin/plan-files.ts";
import { printRecord } from "../../../core/registry/record-file.ts";
import { printRegistryHead } from "../../../core/registry/registry-file.ts";
import { accepted, madeKey, madeRecord } from "../../made/access.ts";
import { realmYaml } from "../../made/realm-yaml.ts";

let folder = "";
const file = (path: string) => join(folder, path);
const realm = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  await mkdir(file("registry/tern"), { recursive: true });
  await writeFile(file("registry/registry.json"), printRegistryHead({ format: 1, sequence: 3 }));
  const record = madeRecord("boat.tern.atlas", { port: 62000, sshKeys: [accepted(madeKey("boat"))] });
  await writeFile(file("registry/tern/boat.json"), printRecord(record));
  await writeFile(file("before.yaml"), realm);
});
afterEach(() => rm(folder, { recursive: true }));

const planned = async (text: string) => {
  await writeFile(file("realm.yaml"), text);
  return planFiles({ realm: file("realm.yaml"), before: file("before.yaml"), registry: file("registry") });
};

describe("planFiles", () => {
  it("says who would lose access where a system goes", async () => {
    const { lines, oddities } = await planned(realm.slice(0, realm.indexOf("  tern:")));
    expect(oddities).toEqual([expect.stringContaining('system "tern" has 1 computer in the registry')]);
    const { fingerprint } = accepted(madeKey("boat"));
    expect(lines).toEqual([
      "proxy eu: 3 files; keys: 0 gained, 1 lost, 0 changed",
      `  - boat.tern.atlas ${fingerprint} listens on 62000 (system tern is not in realm.yaml)`,
    ]);
  });

  it("says when nothing would change", async () => {
    expect((await planned(`${realm}# a comment\n`)).lines).toEqual(["nothing would change on any proxy"]);
  });

  it("needs the rules before the change, from a file or from Git", async () => {
    const files = { realm: file("before.yaml"), before: undefined, registry: file("registry") };
    await expect(planFiles(files)).rejects.toMatchObject({ code: "usage" });
  });
});
