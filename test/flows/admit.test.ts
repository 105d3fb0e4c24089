import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { unavailable } from "../../core/failure.ts";
import type { Certificates } from "../../core/ports/certificates.ts";
import { admit } from "../../flows/admit.ts";
import { sweep } from "../../flows/sweep.ts";
import { makeCsr, pemOf, subjectOf } from "../core/made-csr.ts";
import { KEYS } from "../fixtures/people.ts";
import { RealmOnForge } from "../fixtures/realm-on-forge.ts";

const csrOf = (computer: string) =>
  pemOf(makeCsr({ subject: subjectOf(`${computer}.hula.atlas.tunnels.example.org`, computer, "hula") }));

let world: RealmOnForge;
beforeEach(async () => {
  world = await RealmOnForge.open();
});
afterEach(() => world.close());

describe("admit", () => {
  it("grants a device's key: port, record, one comment, one label, closed", async () => {
    const issue = world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "granted", record: { port: 61333 } });
    expect(await world.record("hula/333.json")).toMatchObject({
      sequence: 1,
      port: 61333,
      sshKeys: [
        { key: KEYS[0], evidence: { issue, submitter: { login: "alice" }, rule: "systems.hula.trust[0]" } },
      ],
    });
    expect(world.answers(issue)).toHaveLength(1);
    expect(world.labels(issue)).toEqual(["warren: granted"]);
  });

  it("signs a request and activates the certificate once the registry names it", async () => {
    const issue = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    await admit(world.bot(), issue);
    const record = await world.record("hula/333.json");
    expect(await world.statuses()).toEqual(["active"]);
    expect(world.iot.find(record?.certificates[0]?.certificate ?? "")?.policies).toEqual(["tunnel.target"]);
  });

  it("changes nothing when it is called again, by another instance that remembers nothing", async () => {
    const issue = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    await admit(world.bot(), issue);
    const before = [await world.record("hula/333.json"), world.answers(issue), await world.statuses()];
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "granted" });
    expect([await world.record("hula/333.json"), world.answers(issue), await world.statuses()]).toEqual(
      before,
    );
  });

  it("leaves one certificate when two instances take the same request at once", async () => {
    const issue = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    await Promise.all([admit(world.bot(), issue), admit(world.bot(), issue)]);
    expect(await world.statuses()).toEqual(["active"]);
    expect((await world.record("hula/333.json"))?.certificates).toHaveLength(1);
    expect(world.answers(issue)).toHaveLength(1);
  });

  it("decides again after a conflict, and loses neither of two computers", async () => {
    const issues = ["333", "334", "335"].map((name, index) =>
      world.opens("alice", `${name}.hula.atlas.sshkey.pub`, KEYS[index] ?? ""),
    );
    await Promise.all(issues.map((issue) => admit(world.bot(), issue)));
    const records = await Promise.all(["333", "334", "335"].map((name) => world.record(`hula/${name}.json`)));
    expect(records.map((record) => record?.port)).toEqual([61333, 61334, 61335]);
    expect(records.map((record) => record?.sequence).sort()).toEqual([1, 2, 3]);
  });

  it("lets only one of two computers have a key", async () => {
    const issues = ["333", "334"].map((name) =>
      world.opens("alice", `${name}.hula.atlas.sshkey.pub`, KEYS[0]),
    );
    const outcomes = await Promise.all(issues.map((issue) => admit(world.bot(), issue)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["granted", "refused"]);
  });

  it("finishes what a crash after the commit left: the certificate becomes active, the issue is answered", async () => {
    const issue = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    const crashing: Certificates = {
      ...methodsOf(world.certificates),
      activate: () => Promise.reject(new Error("crash")),
    };
    await expect(admit(world.bot({ certificates: crashing }), issue)).rejects.toThrow("crash");
    expect(await world.statuses()).toEqual(["inactive"]);
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "granted" });
    expect(await world.statuses()).toEqual(["active"]);
    expect(world.labels(issue)).toEqual(["warren: granted"]);
  });

  it("grants nothing while the certificate service is down, says so, and a sweep tries again", async () => {
    const issue = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    const down: Certificates = {
      ...methodsOf(world.certificates),
      createInactive: () => Promise.reject(unavailable("certificate service", new Error("ECONNREFUSED"))),
    };
    expect(await admit(world.bot({ certificates: down }), issue)).toMatchObject({ kind: "later" });
    expect(world.labels(issue)).toEqual(["warren: later"]);
    expect(await world.record("hula/333.json")).toBeUndefined();
    await sweep(world.bot());
    expect(world.labels(issue)).toEqual(["warren: granted"]);
  });

  it("asks for a controller, and grants it after /approve with the digits it showed", async () => {
    const issue = world.opens("bob", "controller-laptop.hula.atlas.sshkey.pub", KEYS[0]);
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "waiting" });
    const [command = ""] = /\/approve [0-9a-f]{12}/.exec(world.answers(issue)[0] ?? "") ?? [];
    world.says("bob", issue, command);
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "waiting" });
    world.says("alice", issue, command);
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "granted" });
    const record = await world.record("hula/controller-laptop.json");
    expect(record?.sshKeys[0]?.evidence.approvers).toEqual([{ id: 583231, login: "alice" }]);
    expect(record?.port).toBeUndefined();
    expect(world.answers(issue)).toHaveLength(1);
  });

  it("refuses a stranger, and answers without a trace in the registry", async () => {
    const issue = world.opens("eve", "333.hula.atlas.sshkey.pub", KEYS[0]);
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "refused" });
    expect(await world.record("hula/333.json")).toBeUndefined();
    expect(world.labels(issue)).toEqual(["warren: refused"]);
  });

  it("asks teams by account, and lets their members ask", async () => {
    const issue = world.opens("mallory", "333.hula.atlas.sshkey.pub", KEYS[0]);
    expect(await admit(world.bot(), issue)).toMatchObject({ kind: "waiting" });
  });

  it("leaves other people's issues alone", async () => {
    const issue = world.opens("alice", "my receiver is broken", "/approve 0123456789ab");
    expect(await admit(world.bot(), issue)).toEqual({ kind: "ignored" });
    expect(world.answers(issue)).toEqual([]);
    expect(await admit(world.bot(), 99)).toEqual({ kind: "ignored" });
  });

  it("revokes: no key, no certificate, and neither may come back", async () => {
    const first = world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
    const second = world.opens("alice", "333.hula.atlas.x509.csr", csrOf("333"));
    await admit(world.bot(), first);
    await admit(world.bot(), second);
    const stranger = world.opens("eve", "333.hula.atlas.revoke", "I want it");
    expect(await admit(world.bot(), stranger)).toMatchObject({ kind: "refused" });
    const revocation = world.opens("alice", "333.hula.atlas.revoke", "lost in the river");
    expect(await admit(world.bot(), revocation)).toMatchObject({ kind: "revoked" });
    expect(await world.record("hula/333.json")).toMatchObject({
      sshKeys: [],
      certificates: [],
      revoked: { reason: "lost in the river", by: { login: "alice" } },
    });
    expect(await world.statuses()).toEqual([]);
    expect(await admit(world.bot(), first)).toMatchObject({ kind: "revoked" });
    expect(world.labels(first)).toEqual(["warren: revoked"]);
    const again = world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[1]);
    expect(await admit(world.bot(), again)).toMatchObject({ kind: "waiting" });
  });
});

const methodsOf = (certificates: Certificates): Certificates => ({
  createInactive: (csr, role) => certificates.createInactive(csr, role),
  activate: (id) => certificates.activate(id),
  remove: (id, also) => certificates.remove(id, also),
  list: () => certificates.list(),
  describe: (id) => certificates.describe(id),
});
