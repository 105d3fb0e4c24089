import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { renderFiles } from "../../../cli/admin/render-files.ts";
import { printRecord } from "../../../core/registry/record-file.ts";
import { printRegistryHead } from "../../../core/registry/registry-file.ts";
import { accepted, madeKey, madeRecord } from "../../made/access.ts";
import { realmYaml } from "../../made/realm-yaml.ts";

let folder = "";
const file = (path: string) => join(folder, path);
const realm = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  await mkdir(file("registry/hula"), { recursive: true });
  await mkdir(file("realm"));
  await writeFile(file("realm/realm.yaml"), realm);
  await writeFile(file("registry/registry.json"), printRegistryHead({ format: 1, sequence: 3 }));
  const record = madeRecord("333.hula.atlas", { port: 61333, sshKeys: [accepted(madeKey("333"))] });
  await writeFile(file("registry/hula/333.json"), printRecord(record));
});
afterEach(() => rm(folder, { recursive: true }));

const renderTo = (out: string) =>
  renderFiles({ realm: file("realm/realm.yaml"), registry: file("registry"), out: file(out) });
const filesOf = async (out: string) => {
  const entries = await readdir(file(out), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      paths
        .toSorted()
        .map(async (path) => [path.slice(file(out).length + 1), await readFile(path, "utf8")] as const),
    ),
  );
};

describe("renderFiles", () => {
  it("writes the same bytes twice", async () => {
    await renderTo("one");
    await renderTo("two");
    const one = await filesOf("one");
    expect([...one]).toEqual([...(await filesOf("two"))]);
    expect([...one.keys()]).toEqual([
      "eu/authorized_keys/hula",
      "eu/authorized_keys/tern",
      "eu/certificates/hula.json",
      "eu/certificates/tern.json",
      "eu/directory/hula.json",
      "eu/directory/tern.json",
      "eu/manifest.json",
    ]);
    expect(one.get("eu/authorized_keys/hula")).toBe(
      `restrict,port-forwarding,permitlisten="127.0.0.1:61333",permitopen="127.0.0.1:61333",command="333.hula.atlas" ${madeKey("333")}\n`,
    );
  });

  it("removes what an earlier run wrote for a system that is gone, and nothing else", async () => {
    await renderTo("out");
    await writeFile(file("out/eu/notes.txt"), "mine");
    await writeFile(file("realm/realm.yaml"), realm.slice(0, realm.indexOf("  tern:")));
    await renderTo("out");
    const paths = [...(await filesOf("out")).keys()];
    expect(paths).toContain("eu/notes.txt");
    expect(paths.filter((path) => path.includes("tern"))).toEqual([]);
  });

  it("names the commits of what stands as it was committed, and none of what was edited since", async () => {
    const git = (...args: string[]) =>
      execFileSync(
        "git",
        ["-C", file("realm"), "-c", "user.name=x", "-c", "user.email=x@example.org", ...args],
        {
          encoding: "utf8",
        },
      ).trim();
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "x");
    await renderTo("out");
    const manifest = JSON.parse(await readFile(file("out/eu/manifest.json"), "utf8"));
    expect([manifest.realmCommit, "registryCommit" in manifest]).toEqual([git("rev-parse", "HEAD"), false]);
    await writeFile(file("realm/realm.yaml"), `${realm}# edited\n`);
    await renderTo("out");
    expect("realmCommit" in JSON.parse(await readFile(file("out/eu/manifest.json"), "utf8"))).toBe(false);
  });

  it("fails as wrong usage where an input is missing, and writes nothing", async () => {
    await rm(file("registry/registry.json"));
    await expect(renderTo("out")).rejects.toMatchObject({ code: "usage" });
    await rm(file("realm/realm.yaml"));
    await expect(renderTo("out")).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("realm.yaml"),
    });
    expect(await readdir(folder)).not.toContain("out");
  });

  it("never renders a record that can't be read as one that isn't there", async () => {
    await writeFile(file("registry/hula/333.json"), "{}");
    await expect(renderTo("out")).rejects.toMatchObject({ message: expect.stringContaining("333.json") });
  });
});
