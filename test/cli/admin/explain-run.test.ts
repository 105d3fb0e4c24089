import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { explain } from "../../../cli/admin/explain-run.ts";
import { revoked } from "../../../core/decision/acts.ts";
import type { ComputerRecord } from "../../../core/registry/record.ts";
import { printRecord } from "../../../core/registry/record-file.ts";
import { printRegistryHead } from "../../../core/registry/registry-file.ts";
import { instantOf } from "../../../core/time.ts";
import { at, bob } from "../../fixtures/people.ts";
import { accepted, madeKey, madeRecord } from "../../made/access.ts";
import { realmYaml } from "../../made/realm-yaml.ts";

const record = madeRecord("boat.tern.atlas", { port: 62000, sshKeys: [accepted(madeKey("boat"))] });

let folder = "";
const file = (path: string) => join(folder, path);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  await mkdir(file("registry/tern"), { recursive: true });
  await writeFile(file("registry/registry.json"), printRegistryHead({ format: 1, sequence: 3 }));
  const realm = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });
  await writeFile(file("realm.yaml"), realm);
});
afterEach(() => rm(folder, { recursive: true }));

const explained = async (given: ComputerRecord | undefined, id = "boat.tern.atlas") => {
  if (given !== undefined) await writeFile(file("registry/tern/boat.json"), printRecord(given));
  const sources = { realm: file("realm.yaml"), registry: file("registry"), repository: undefined };
  return explain(id, sources);
};

describe("explain", () => {
  it("says what let a computer in, and what the rules say now", async () => {
    const { explanation, lines } = await explained(record);
    expect(explanation).toMatchObject({
      access: true,
      port: 62000,
      parts: [{ what: "ssh key", fingerprint: record.sshKeys[0]?.fingerprint, inForce: true }],
    });
    expect(explanation.now).toHaveLength(1);
    expect(lines[0]).toBe("boat.tern.atlas has access");
  });

  it("names who revoked a computer, when and why", async () => {
    const { explanation, lines } = await explained(
      revoked(record, { reason: "sunk", issue: 7, comment: 9, by: bob, at: at("08:00:00") }),
    );
    expect(explanation.access).toBe(false);
    expect(lines[0]).toBe(
      'boat.tern.atlas has no access: bob (583232) revoked it at 2026-11-21T08:00:00Z: "sunk"',
    );
    expect(lines.at(-1)).toContain("on issue 7 (comment 9)");
  });

  it("tells a computer that was never let in from one whose access has ended", async () => {
    const never = await explained(undefined);
    expect(never.lines).toEqual(["boat.tern.atlas has no access: nothing was ever let in under this name"]);
    const [key] = record.sshKeys;
    if (key === undefined) throw new Error("no key was made");
    const ended = await explained({ ...record, sshKeys: [{ ...key, end: instantOf(new Date(0)) }] });
    expect(ended.explanation.says).toBe("boat.tern.atlas has no access: all that it held has ended");
  });

  it("refuses what is no computer of this realm", async () => {
    await expect(explained(undefined, "boat")).rejects.toMatchObject({ code: "usage" });
    await expect(explained(undefined, "boat.tern.other")).rejects.toMatchObject({ code: "usage" });
  });
});
