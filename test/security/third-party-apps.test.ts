import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { KEYS } from "../fixtures/people.ts";
import { AttackedRealm } from "./attacked-realm.ts";

let realm: AttackedRealm;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());

describe("an app that acts for a person", () => {
  it("submits nothing in their name", async () => {
    const issue = await realm.opensThroughApp("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
    expect(await realm.decides(issue)).toBe("refused");
    expect(realm.answer(issue)).toContain("app");
    expect(await realm.keysOf("hula/333.json")).toEqual([]);
  });

  it("revokes nothing in their name", async () => {
    await realm.decides(realm.opens("alice", "334.hula.atlas.sshkey.pub", KEYS[0]));
    const issue = await realm.opensThroughApp("alice", "334.hula.atlas.revoke", "it is mine now");
    expect(await realm.decides(issue)).toBe("refused");
    expect(await realm.keysOf("hula/334.json")).toEqual([KEYS[0]]);
  });

  it("approves nothing in their name", async () => {
    const issue = realm.opens("bob", "controller-b.hula.atlas.sshkey.pub", KEYS[1]);
    await realm.decides(issue);
    await realm.saysThroughApp("alice", issue, realm.approvalOf(issue));
    expect(await realm.decides(issue)).toBe("waiting");
  });
});
