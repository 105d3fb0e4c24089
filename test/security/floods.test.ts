import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { githubClient } from "../../adapters/github/client.ts";
import { sweep } from "../../flows/sweep.ts";
import { madeKey } from "../made/access.ts";
import { AttackedRealm } from "./attacked-realm.ts";

let realm: AttackedRealm;
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());

/** Requests of the forge that `does` takes. */
async function costOf(does: () => Promise<unknown>): Promise<number> {
  const before = realm.world.requests.length;
  await does();
  return realm.world.requests.length - before;
}

describe("a stranger with hundreds of issues", () => {
  it("is answered last: a sweep begins with those whom realm.yaml names", async () => {
    const theirs = [350, 351, 352].map((name) =>
      realm.opens("eve", `${name}.hula.atlas.sshkey.pub`, madeKey(`${name}`)),
    );
    const honest = realm.opens("alice", "353.hula.atlas.sshkey.pub", madeKey("353"));
    const order: number[] = [];
    await sweep(realm.world.bot(), undefined, (issue) => order.push(issue));
    expect(order).toEqual([honest, ...theirs]);
  });
});

describe("a stranger whose issues are as long as GitHub takes them", () => {
  it("keeps no sweep from its list: less is asked for where GitHub does not answer in time", async () => {
    const issue = realm.opens("alice", "354.hula.atlas.sshkey.pub", madeKey("354"));
    const client = githubClient({
      baseUrl: realm.world.url,
      token: realm.world.forge.tokens.issue(realm.world.app).token,
    });
    const sizes: unknown[] = [];
    const graphql = (query: string, variables: Record<string, unknown>) => {
      const { first } = variables;
      if (typeof first !== "number") return client.graphql(query, variables);
      sizes.push(first);
      const late = new DOMException("no answer within 8 s", "AbortError");
      return first > 4 ? Promise.reject(late) : client.graphql(query, variables);
    };
    const slow = Object.assign(Object.create(client), { graphql });
    await sweep(realm.world.bot({}, slow));
    expect(sizes.slice(0, 3)).toEqual([100, 20, 4]);
    expect(realm.world.labels(issue)).toEqual(["warren: granted"]);
  });
});

describe("a stranger who comments without end", () => {
  const ENDLESS = 501;

  it("stops no sweep, and costs it some requests", async () => {
    const issue = realm.opens("eve", "340.hula.atlas.sshkey.pub", madeKey("340"));
    for (let said = 0; said < ENDLESS; said += 1) realm.says("eve", issue, "/explain");
    const honest = realm.opens("alice", "341.hula.atlas.sshkey.pub", madeKey("341"));
    const { failed, cursor } = await sweep(realm.world.bot());
    expect({ failed, clean: cursor !== undefined }).toEqual({ failed: [], clean: false });
    expect(await realm.keysOf("hula/341.json")).toEqual([madeKey("341")]);
    expect(realm.world.labels(issue)).toEqual(["warren: refused"]);
    expect(realm.world.labels(honest)).toEqual(["warren: granted"]);
    // The registry is as the first one left it: nothing is in the way of the cursor.
    expect((await sweep(realm.world.bot())).cursor).toBeDefined();
    expect(await costOf(() => realm.decides(issue))).toBeLessThan(15);
  });

  it("has no answer written beside each comment: who can't find its own writes none", async () => {
    const issue = realm.opens("eve", "342.hula.atlas.sshkey.pub", madeKey("342"));
    for (let said = 0; said < ENDLESS; said += 1) realm.says("eve", issue, "hello");
    for (let tries = 0; tries < 3; tries += 1) expect(await realm.decides(issue)).toBe("refused");
    expect(realm.world.answers(issue)).toEqual([]);
  });

  it("keeps an admin's approval from being found, and is answered that a new issue is wanted", async () => {
    const issue = realm.opens("alice", "controller-a.hula.atlas.sshkey.pub", madeKey("a"));
    expect(await realm.decides(issue)).toBe("waiting");
    const approval = realm.approvalOf(issue);
    for (let said = 0; said < ENDLESS; said += 1) realm.says("eve", issue, "hello");
    realm.says("bob", issue, approval);
    expect(await realm.decides(issue)).toBe("refused");
    expect(realm.answer(issue)).toContain("more than 500 comments or edits");
    expect(realm.answer(issue)).toContain("open a new issue");
    expect(await realm.keysOf("hula/controller-a.json")).toEqual([]);
  });

  it("takes nothing back that was let in, and who reads it learns that no command is heard there", async () => {
    const issue = realm.opens("alice", "343.hula.atlas.sshkey.pub", madeKey("343"));
    expect(await realm.decides(issue)).toBe("granted");
    for (let said = 0; said < ENDLESS; said += 1) realm.says("eve", issue, "hello");
    realm.says("bob", issue, "/revoke stolen");
    expect(await realm.decides(issue)).toBe("granted");
    expect(realm.answer(issue)).toContain("Nobody is heard here");
    realm.opens("bob", "343.hula.atlas.revoke", "stolen");
    await sweep(realm.world.bot());
    expect(await realm.keysOf("hula/343.json")).toEqual([]);
  });
});
