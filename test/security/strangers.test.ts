import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { madeKey } from "../made/access.ts";
import { AttackedRealm } from "./attacked-realm.ts";

let realm: AttackedRealm;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());

let tries = 0;
let [title, path] = ["", ""];
beforeEach(() => {
  tries += 1;
  [title, path] = [`3${tries}.hula.atlas.sshkey.pub`, `hula/3${tries}.json`];
});
/** Each given up in a test, and taken up again after it. */
const givenUp: string[] = [];
const givesUp = (login: string): void => {
  realm.world.forge.accounts.rename(login, `${login}-moved`);
  givenUp.push(login);
};
afterEach(() => {
  const { accounts } = realm.world.forge;
  for (const login of givenUp.splice(0)) {
    if (accounts.find(login) !== undefined) accounts.rename(login, `${login}-namesake-${tries}`);
    accounts.rename(`${login}-moved`, login);
  }
});

describe("a stranger who can open issues", () => {
  it.each([
    "333.hula.atlas.sshkey.pub",
    "controller-eve.hula.atlas.sshkey.pub",
    "333.tern.atlas.sshkey.pub",
    "333.hula.atlas.revoke",
  ])("gets nowhere with %s", async (wanted) => {
    const issue = realm.opens("eve", wanted, madeKey(`${tries}`));
    expect(await realm.decides(issue)).toBe("refused");
    expect(realm.answer(issue)).toMatch(/eve \(\d+\)|is not enrolled/);
    expect(await realm.keysOf("hula/333.json")).toEqual([]);
  });

  it("learns nothing about who holds which key or port", async () => {
    await realm.decides(realm.opens("alice", title, madeKey(`${tries}`)));
    const issue = realm.opens("eve", "999.hula.atlas.sshkey.pub", madeKey(`${tries}`));
    await realm.decides(issue);
    expect(realm.answer(issue)).not.toMatch(/enrolled|\.hula\.atlas|port/);
  });
});

describe("a namesake", () => {
  it("who takes over a login that a trusted person gave up is a stranger", async () => {
    givesUp("alice");
    const namesake = realm.opens("alice", title, madeKey(`${tries}`));
    expect(await realm.decides(namesake)).toBe("refused");
    const herself = realm.opens("alice-moved", title, madeKey(`another ${tries}`));
    expect(await realm.decides(herself)).toBe("granted");
    expect(await realm.keysOf(path)).toEqual([madeKey(`another ${tries}`)]);
  });

  it("who takes over an admin's login approves nothing", async () => {
    const issue = realm.opens("bob", `controller-${tries}.hula.atlas.sshkey.pub`, madeKey(`${tries}`));
    expect(await realm.decides(issue)).toBe("waiting");
    givesUp("alice");
    realm.says("alice", issue, realm.approvalOf(issue));
    expect(await realm.decides(issue)).toBe("waiting");
    realm.says("alice-moved", issue, realm.approvalOf(issue));
    expect(await realm.decides(issue)).toBe("granted");
  });

  it.each(["a1ice", "aIice", "alicee", "al-ice"])(
    "whose login %s looks like one is a stranger",
    async (login) => {
      expect(await realm.decides(realm.opens(login, title, madeKey(`${tries}`)))).toBe("refused");
    },
  );

  it("that was a member of a team under a freed login is no member", async () => {
    givesUp("mallory");
    expect(await realm.decides(realm.opens("mallory", title, madeKey(`${tries}`)))).toBe("refused");
    expect(await realm.decides(realm.opens("mallory-moved", title, madeKey(`another ${tries}`)))).toBe(
      "waiting",
    );
  });
});
