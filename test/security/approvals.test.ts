import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { madeKey } from "../made/access.ts";
import { AttackedRealm } from "./attacked-realm.ts";

let realm: AttackedRealm;
let issue = 0;
let approval = "";
let tries = 0;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
beforeEach(async () => {
  issue = asks();
  expect(await realm.decides(issue)).toBe("waiting");
  approval = realm.approvalOf(issue);
});
afterAll(() => realm.close());

/** bob, an admin of hula, wants one more controller there: alice must approve. */
function asks(): number {
  tries += 1;
  return realm.opens("bob", `controller-${tries}.hula.atlas.sshkey.pub`, madeKey(`${tries}`));
}

const isStillAsked = async () => {
  expect(await realm.decides(issue)).toBe("waiting");
  expect(await realm.keysOf(`hula/controller-${tries}.json`)).toEqual([]);
};

describe("whoever wants an approval that no admin gave", () => {
  it("gets none by editing an admin's old comment", async () => {
    const comment = realm.says("alice", issue, "looks interesting");
    realm.editsComment("walt", comment, approval, "write");
    await isStillAsked();
  });

  it("gets none by an admin's own comment, once it was edited", async () => {
    const comment = realm.says("alice", issue, "/approve");
    realm.editsComment("alice", comment, approval);
    await isStillAsked();
  });

  it.each(["👍", ":+1:", "LGTM", "approved", "/approve all", "/approve\u00a0000000000000"])(
    "gets none from an admin's %j",
    async (words) => {
      realm.says("alice", issue, words);
      await isStillAsked();
    },
  );

  it.each(["warren: granted", "approved"])("gets none by the label %j", async (label) => {
    realm.edits("walt", issue, { labels: [label] }, "write");
    await isStillAsked();
  });

  it("gets none by closing the issue as completed", async () => {
    realm.edits("tess", issue, { state: "closed" });
    await isStillAsked();
  });

  it("gets none from a bare /approve, nor from one for another text", async () => {
    realm.says("alice", issue, "/approve");
    realm.says("alice", issue, "/approve 000000000000");
    const other = asks();
    await realm.decides(other);
    realm.says("alice", issue, realm.approvalOf(other));
    await isStillAsked();
  });

  it("gets none where the words stand in a quotation or further down", async () => {
    realm.says("alice", issue, `> ${approval}`);
    realm.says("alice", issue, `never do this:\n${approval}`);
    realm.says("alice", issue, `\`${approval}\``);
    await isStillAsked();
  });

  it("gives none as the submitter, although they are an admin of the system", async () => {
    realm.says("bob", issue, approval);
    await isStillAsked();
  });

  it.each(["eve", "mallory", "walt"])("gives none as %s, who is no admin", async (login) => {
    realm.edits("walt", issue, { state: "open" }, "write");
    realm.says(login, issue, approval);
    await isStillAsked();
  });

  it("gives none through an app that acts for an admin", async () => {
    await realm.saysThroughApp("alice", issue, approval);
    await isStillAsked();
  });
});

describe("whoever wants a refusal undone", () => {
  it("undoes no /deny by deleting its comment, nor by an approval after it", async () => {
    const comment = realm.says("alice", issue, "/deny not yours");
    expect(await realm.decides(issue)).toBe("refused");
    const { comments } = realm.world.forge.repository();
    comments.delete(realm.world.forge.person("alice"), comment);
    expect(await realm.decides(issue)).toBe("refused");
    realm.says("alice", issue, approval);
    expect(await realm.decides(issue)).toBe("refused");
    expect(await realm.keysOf(`hula/controller-${tries}.json`)).toEqual([]);
  });

  it("denies and revokes nothing as a stranger", async () => {
    realm.says("eve", issue, "/deny mine");
    realm.says("eve", issue, "/revoke mine");
    expect(await realm.decides(issue)).toBe("waiting");
    realm.says("alice", issue, approval);
    expect(await realm.decides(issue)).toBe("granted");
  });
});

describe("an admin's approval", () => {
  it("in their own unedited words counts", async () => {
    realm.says("alice", issue, approval);
    expect(await realm.decides(issue)).toBe("granted");
  });
});
