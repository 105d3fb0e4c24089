import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { readRealmFile } from "../../core/realm/realm-file.ts";
import { admit } from "../../flows/admit.ts";
import { surveyCertificates } from "../../flows/certificates.ts";
import { reconcile } from "../../flows/reconcile.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { csrOf } from "../fixtures/made-keys.ts";
import { type Foundry, openFoundry, RealmInMemory } from "../fixtures/realm-in-memory.ts";

let foundry: Foundry;
let world: RealmInMemory;
beforeAll(async () => {
  foundry = await openFoundry();
});

const HOUR = 3600;
const ours = (computer: string) => csrOf(computer, "hula");
const foreign = (cn: string, ou: string, o: string) => pemOf(makeCsr({ subject: subjectOf(cn, ou, o) }));

async function survey(removeOrphans = false) {
  const ports = world.bot();
  return surveyCertificates(
    {
      ...ports,
      realm: async () => readRealmFile(await ports.realm.head()).realm,
      certificatesOf: async () => ports.certificates,
    },
    { removeOrphans },
  );
}

describe("surveyCertificates", () => {
  beforeAll(async () => {
    world = await RealmInMemory.open(foundry);
    const { iot } = world;
    for (const name of ["333", "334"])
      await admit(world.bot(), world.opens("alice", `${name}.hula.atlas.x509.csr`, ours(name)));
    const lost = await iot.createCertificateFromCsr(ours("335"));
    iot.attachPolicy("tunnel.target", lost.arn);
    // In use by a program of the older kind, or revoked by hand.
    await iot.createCertificateFromCsr(ours("336"), true);
    iot.updateCertificate((await iot.createCertificateFromCsr(ours("337"), true)).id, "REVOKED");
    const cn = "338.hula.atlas.tunnels.example.org";
    for (const [one, ou, o] of [
      ["338.hula.other.tunnels.example.org", "338", "hula"],
      [`${cn}x`, "338", "hula"],
      [cn, "339", "hula"],
      [cn, "338", "tern"],
      ["laptop", "338", "hula"],
    ] as const)
      await iot.createCertificateFromCsr(foreign(one, ou, o));
    world.passes(HOUR);
    await iot.createCertificateFromCsr(ours("340"));
    // 334's certificate is lost at the service.
    const gone = world.records().find(({ id }) => id.computer === "334")?.certificates[0]?.certificate ?? "";
    iot.updateCertificate(gone, "INACTIVE");
    iot.deleteCertificate(gone, true);
  });

  it("says of each certificate whose it is, with its subject and expiry", async () => {
    const { certificates } = await survey();
    expect(certificates.map(({ status, holder }) => `${status} ${Object.values(holder).join(" ")}`)).toEqual([
      "active record 333.hula.atlas",
      "gone record 334.hula.atlas",
      "inactive orphan 335.hula.atlas",
      "active unnamed 336.hula.atlas",
      "other unnamed 337.hula.atlas",
      ...Array.from({ length: 5 }, () => "inactive foreign"),
      "inactive unnamed 340.hula.atlas",
    ]);
    expect(certificates[0]).toMatchObject({
      subject: "CN=333.hula.atlas.tunnels.example.org,OU=333,O=hula",
      expires: "2049-12-31T23:59:59Z",
      created: expect.stringMatching(/^2026-11-21T/),
    });
  });

  it("removes the orphan, and none of those that only look like one", async () => {
    const before = world.iot.listCertificates({ pageSize: 250 }).items.map(({ id }) => id);
    const { removed } = await survey(true);
    expect(removed).toHaveLength(1);
    const after = world.iot.listCertificates({ pageSize: 250 }).items.map(({ id }) => id);
    expect(before.filter((id) => !after.includes(id))).toEqual(removed);
    expect((await survey(true)).removed).toEqual([]);
  });

  it("lists what records name where realm.yaml names no service to ask", async () => {
    const ports = world.bot();
    const realm = async () => readRealmFile(await ports.realm.head()).realm;
    const { certificates } = await surveyCertificates(
      { ...ports, realm, certificatesOf: async () => undefined },
      { removeOrphans: true },
    );
    expect(certificates.map(({ status }) => status)).toEqual(["unknown", "unknown"]);
  });
});

describe("a rotation of a request", () => {
  const WEEK = 7 * 24 * HOUR;
  const title = "333.hula.atlas.x509.csr";
  const statuses = () => world.certificates().map(({ status }) => status);

  it("leaves the old certificate active for the overlap, then removes it, and refuses its key for ever", async () => {
    world = await RealmInMemory.open(foundry);
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const requestOf = (name: string) =>
      pemOf(makeCsr({ keys, subject: subjectOf(`${name}.hula.atlas.tunnels.example.org`, name, "hula") }));
    const [first, second] = [requestOf("333"), ours("333")];
    expect(await admit(world.bot(), world.opens("alice", title, first))).toMatchObject({ kind: "granted" });
    expect(await admit(world.bot(), world.opens("alice", title, second))).toMatchObject({ kind: "granted" });
    expect(statuses()).toEqual(["ACTIVE", "ACTIVE"]);
    world.passes(WEEK - 60);
    await reconcile(world.bot());
    expect(statuses()).toEqual(["ACTIVE", "ACTIVE"]);
    world.passes(120);
    await reconcile(world.bot());
    expect(statuses()).toEqual(["ACTIVE"]);
    const [record] = world.records();
    expect(world.certificates()[0]?.id).toBe(record?.certificates[0]?.certificate);

    for (const name of ["333", "334"]) {
      const issue = world.opens("alice", `${name}.hula.atlas.x509.csr`, requestOf(name));
      expect(await admit(world.bot(), issue)).toMatchObject({
        kind: "refused",
        decision: { because: [{ rule: "keys.revoked" }] },
      });
    }
    expect(statuses()).toEqual(["ACTIVE"]);
  });
});
