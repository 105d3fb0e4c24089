import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { bootstrapFromHere } from "../../../cli/admin/aws-bootstrap.ts";
import { certificatesFromHere } from "../../../cli/admin/certificates-run.ts";
import { printRegistryHead } from "../../../core/registry/registry-file.ts";
import { admit } from "../../../flows/admit.ts";
import type { StartedIot } from "../../../sandbox/iot/start.ts";
import { makeCsr, pemOf, subjectOf } from "../../core/made-csr.ts";
import { csrOf } from "../../fixtures/made-keys.ts";
import { KEYS } from "../../fixtures/people.ts";
import { RealmOnForge } from "../../fixtures/realm-on-forge.ts";
import { startedIot } from "../../made/iot.ts";

const before = { ...process.env };
const realm = fileURLToPath(new URL("../../../realm.yaml", import.meta.url));
const TWO_HOURS = 2 * 3_600_000;
const account = "123456789012";
const repository = "wildlife/atlas";

let iot: StartedIot;
let world: RealmOnForge;
beforeEach(async () => {
  world = await RealmOnForge.open();
  iot = await startedIot({ throttled: false, now: () => new Date(Date.now() - TWO_HOURS) });
  Object.assign(process.env, iot.env, { GITHUB_API_URL: world.url, GITHUB_TOKEN: "sandbox-wildlife" });
});
afterEach(async () => {
  process.env = before;
  await Promise.all([iot.close(), world.close()]);
});

describe("bootstrapFromHere", () => {
  const run = (more: Parameters<typeof bootstrapFromHere>[0] = {}) =>
    bootstrapFromHere({ realm, role: false, account, ...more });

  it("says that the account holds what is needed, and ends with 1 while realm.yaml names another endpoint", async () => {
    const { text, exit } = await run();
    expect(text).toMatch(/^account 123456789012 in eu-central-1 holds what realm atlas needs\nendpoint is /);
    expect(exit).toBe(1);
    iot.model.endpoint = "example-ats.iot.eu-central-1.amazonaws.com";
    expect(await run()).toMatchObject({ exit: 0 });
  });

  it("shows what it would change, and changes it only with --apply", async () => {
    iot.model.endpoint = "example-ats.iot.eu-central-1.amazonaws.com";
    const wide = { Effect: "Allow", Action: "iot:*", Resource: "*" } as const;
    iot.model.createPolicyVersion(
      "tunnel.target",
      JSON.stringify({ Version: "2012-10-17", Statement: [wide] }),
      true,
    );
    const planned = await run();
    expect(planned).toMatchObject({ exit: 1, text: expect.stringContaining("  - allow iot:* *\n") });
    expect(iot.model.getPolicy("tunnel.target").version.id).toBe("2");
    expect(await run({ apply: true })).toMatchObject({ exit: 0 });
    expect(iot.model.getPolicy("tunnel.target").version.id).toBe("3");
    expect(await run()).toMatchObject({ exit: 0 });
  });

  it("asks GitHub for the ids that its tokens may carry", async () => {
    const { id, owner } = world.forge.repository();
    const { text } = await bootstrapFromHere({ realm, format: "cloudformation" });
    expect(text).toContain(`repo:wildlife@${owner.id}/atlas@${id}:environment:warren-process`);
    expect(text).toContain("repo:wildlife/atlas:environment:warren-process");
  });

  it.each([
    ["ids that are none", { role: "x", repositoryIds: "1" }],
    ["a role's name that is none", { role: "a b", repositoryIds: "1:2" }],
    ["an account that is none", { account: "12" }],
    ["a template to be applied", { format: "terraform", apply: true } as const],
  ])("refuses %s", async (_what, options) => {
    await expect(run(options)).rejects.toMatchObject({ code: "usage" });
  });
});

describe("certificatesFromHere", () => {
  it("lists what AWS IoT holds, and removes what is nobody's and nothing else", async () => {
    await admit(world.bot(), world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]));
    const orphan = await iot.model.createCertificateFromCsr(csrOf("335", "hula"));
    const active = await iot.model.createCertificateFromCsr(csrOf("336", "hula"), true);
    const subject = subjectOf("335.hula.other.tunnels.example.org", "335", "hula");
    const foreign = await iot.model.createCertificateFromCsr(pemOf(makeCsr({ subject })));
    const listed = await certificatesFromHere({ repository });
    expect(listed.lines.at(-1)).toBe("3 certificates");
    expect(listed.lines.filter((line) => line.includes("orphan of 335.hula.atlas"))).toHaveLength(1);
    expect(iot.model.listCertificates().items).toHaveLength(3);

    const { document } = await certificatesFromHere({ repository, removeOrphans: true });
    expect(document.removed).toEqual([orphan.id]);
    expect(iot.model.listCertificates({ ascending: true }).items.map(({ id }) => id)).toEqual([
      active.id,
      foreign.id,
    ]);
  });

  it("removes nothing by a checkout, which may be old", async () => {
    const dir = await mkdtemp(join(tmpdir(), "warren-test-"));
    await writeFile(join(dir, "registry.json"), printRegistryHead({ format: 1, sequence: 1 }));
    await iot.model.createCertificateFromCsr(csrOf("335", "hula"));
    const files = { realm, registry: dir };
    expect((await certificatesFromHere(files)).document.certificates).toHaveLength(1);
    await expect(certificatesFromHere({ ...files, removeOrphans: true })).rejects.toMatchObject({
      code: "usage",
    });
    await rm(dir, { recursive: true });
    expect(iot.model.listCertificates().items).toHaveLength(1);
  });
});
