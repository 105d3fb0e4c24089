import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { admit } from "../../flows/admit.ts";
import { madeKey } from "../made/access.ts";
import { AttackedRealm } from "./attacked-realm.ts";

let realm: AttackedRealm;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());

let tries = 0;
let [device, controller, ours, theirs] = ["", "", "", ""];
beforeEach(() => {
  tries += 1;
  [device, controller] = [`${tries}.hula.atlas.sshkey.pub`, `controller-${tries}.hula.atlas.sshkey.pub`];
  [ours, theirs] = [madeKey(`ours ${tries}`), madeKey(`theirs ${tries}`)];
});

const nothingIsHeld = async () => {
  for (const name of [`${tries}`, `${tries + 100}`, `controller-${tries}`, `controller-t${tries}`]) {
    expect(await realm.keysOf(`hula/${name}.json`)).toEqual([]);
  }
};

describe("a triager or writer in the repository", () => {
  it("who puts their key into a trusted person's issue gets it refused", async () => {
    const issue = realm.opens("alice", device, ours);
    realm.edits("tess", issue, { body: theirs });
    expect(await realm.decides(issue)).toBe("refused");
    expect(realm.answer(issue)).toContain("tess");
    await nothingIsHeld();
  });

  it("who puts it there and then takes it back is still seen", async () => {
    const issue = realm.opens("alice", device, ours);
    realm.edits("tess", issue, { body: theirs });
    realm.edits("tess", issue, { body: ours });
    expect(await realm.decides(issue)).toBe("refused");
    await nothingIsHeld();
  });

  it("who erases from the history what they wrote is still seen", async () => {
    const issue = realm.opens("alice", device, ours);
    realm.edits("tess", issue, { body: theirs });
    const { issues } = realm.world.forge.repository();
    issues.eraseEdit(realm.world.forge.person("tess"), issue);
    expect(await realm.decides(issue)).toBe("refused");
  });

  it("who gives it another title gets it refused", async () => {
    const issue = realm.opens("alice", device, ours);
    realm.edits("tess", issue, { title: `${tries + 100}.hula.atlas.sshkey.pub` });
    expect(await realm.decides(issue)).toBe("refused");
    await nothingIsHeld();
  });

  it("who makes a submission of talk gets it refused", async () => {
    const issue = realm.opens("alice", "my receiver is broken", "please help");
    expect(await realm.decides(issue)).toBe("ignored");
    realm.edits("walt", issue, { title: device, body: theirs }, "write");
    expect(await realm.decides(issue)).toBe("refused");
    await nothingIsHeld();
  });

  it("who moves somebody's issue here from another repository gets it refused", async () => {
    const { forge } = realm.world;
    const elsewhere = forge.addRepository("elsewhere");
    const { number } = elsewhere.issues.open(forge.person("alice"), { title: device, body: ours });
    forge.setRole("walt", "write", elsewhere);
    forge.setRole("walt", "write");
    const moved = forge.transfer(forge.person("walt"), elsewhere, number, forge.repository());
    expect(await realm.decides(moved.number)).toBe("refused");
    await nothingIsHeld();
  });

  it("who changes the text after the bot asked gets no use of the approval that follows", async () => {
    const issue = realm.opens("bob", controller, ours);
    expect(await realm.decides(issue)).toBe("waiting");
    const approval = realm.approvalOf(issue);
    realm.edits("tess", issue, { body: theirs });
    realm.says("alice", issue, approval);
    expect(await realm.decides(issue)).toBe("refused");
    await nothingIsHeld();
  });

  it("who changes it after the approval gets no use of that either", async () => {
    const issue = realm.opens("bob", controller, ours);
    await realm.decides(issue);
    realm.says("alice", issue, realm.approvalOf(issue));
    realm.edits("tess", issue, { title: `controller-t${tries}.hula.atlas.sshkey.pub` });
    expect(await realm.decides(issue)).toBe("refused");
    await nothingIsHeld();
  });
});

describe("a submitter", () => {
  it("who changes their own text after the approval starts over", async () => {
    const issue = realm.opens("bob", controller, ours);
    await realm.decides(issue);
    realm.says("alice", issue, realm.approvalOf(issue));
    realm.edits("bob", issue, { body: theirs });
    expect(await realm.decides(issue)).toBe("waiting");
    realm.edits("bob", issue, { body: ours });
    expect(await realm.decides(issue)).toBe("waiting");
    await nothingIsHeld();
  });

  it("who changes it between the decision and the commit is decided anew", async () => {
    const issue = realm.opens("alice", device, ours);
    const bot = realm.world.bot();
    let raced = false;
    const registry: typeof bot.registry = {
      snapshot: (since) => bot.registry.snapshot(since),
      commit: async (expected, change) => {
        if (raced) return bot.registry.commit(expected, change);
        raced = true;
        await realm.decides(realm.opens("alice", `${tries + 100}.hula.atlas.sshkey.pub`, madeKey("other")));
        realm.edits("alice", issue, { body: theirs });
        return bot.registry.commit(expected, change);
      },
    };
    expect(await admit({ ...bot, registry }, issue)).toMatchObject({ kind: "granted" });
    expect(await realm.keysOf(`hula/${tries}.json`)).toEqual([theirs]);
  });
});
