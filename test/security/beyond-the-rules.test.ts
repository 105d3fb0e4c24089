import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { printEnrollForm } from "../../core/submission/form.ts";
import { madeKey } from "../made/access.ts";
import { AttackedRealm, requestOf } from "./attacked-realm.ts";

let realm: AttackedRealm;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());

describe("a submitter whom the rules trust with something", () => {
  it("gets nothing in another system", async () => {
    expect(await realm.decides(realm.opens("bob", "1.hula.atlas.sshkey.pub", madeKey("1")))).toBe("granted");
    expect(await realm.decides(realm.opens("bob", "1.tern.atlas.sshkey.pub", madeKey("2")))).toBe("refused");
    expect(await realm.keysOf("tern/1.json")).toEqual([]);
  });

  it("gets no controller where only devices are theirs, not even by a name beside the pattern", async () => {
    for (const name of ["controller-m", "controller3", "411"]) {
      const issue = realm.opens("mallory", `${name}.hula.atlas.sshkey.pub`, madeKey(name));
      expect(await realm.decides(issue)).toBe("refused");
    }
  });

  it("gets no controller's certificate under a device's title, nor a device's under a controller's", async () => {
    const device = realm.opens("alice", "341.hula.atlas.x509.csr", requestOf("controller-a"));
    expect(await realm.decides(device)).toBe("refused");
    const controller = realm.opens("alice", "controller-a.tern.atlas.x509.csr", requestOf("341", "tern"));
    expect(await realm.decides(controller)).toBe("refused");
    expect(await realm.world.statuses()).toEqual([]);
  });

  it("gets nothing by the end of a team whose members a rule refuses, and whom no team concerns does not wait", async () => {
    const refuse = '- { who: ["@wildlife/former"], may: [device, controller], then: refuse }\n      ';
    await realm.world.rewritesRealm((text) =>
      text.replace("- { who: [alice, bob], may: [device]", `${refuse}$&`),
    );
    const bob = realm.opens("bob", "345.hula.atlas.sshkey.pub", madeKey("345"));
    const alice = realm.opens("alice", "346.tern.atlas.sshkey.pub", madeKey("346"));
    expect(await realm.decides(bob)).toBe("later");
    expect(realm.answer(bob)).toContain("wildlife/former");
    expect(await realm.decides(alice)).toBe("granted");
    await realm.world.rewritesRealm((text) => `${text}\n`);
    expect(await realm.decides(bob)).toBe("granted");
  });

  it("gets no certificate whose body speaks of another computer than its form's title", async () => {
    const body = printEnrollForm({ key: madeKey("342"), csr: requestOf("343") });
    expect(await realm.decides(realm.opens("alice", "342.hula.atlas.enroll", body))).toBe("refused");
    expect(await realm.keysOf("hula/342.json")).toEqual([]);
  });

  it("gets a certificate with the policy of the role that the name says", async () => {
    await realm.decides(realm.opens("alice", "344.hula.atlas.x509.csr", requestOf("344")));
    await realm.decides(
      realm.opens("alice", "controller-t.tern.atlas.x509.csr", requestOf("controller-t", "tern")),
    );
    const policies = await Promise.all(
      ["hula/344.json", "tern/controller-t.json"].map(async (path) => {
        const [certificate] = (await realm.world.record(path))?.certificates ?? [];
        return realm.world.iot.find(certificate?.certificate ?? "")?.policies;
      }),
    );
    expect(policies).toEqual([["tunnel.target"], ["tunnel.controller"]]);
  });
});
