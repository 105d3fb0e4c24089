import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { signWithKey } from "../../adapters/openssh/signatures.ts";
import { proofText } from "../../core/computer/enrollment.ts";
import { printEnrollForm } from "../../core/submission/form.ts";
import { id, madeKey } from "../made/access.ts";
import { AttackedRealm, requestOf } from "./attacked-realm.ts";

let realm: AttackedRealm;
let tries = 0;
let [first, second, key, another] = ["", "", "", ""];
beforeAll(async () => {
  realm = await AttackedRealm.open();
});
afterAll(() => realm.close());
beforeEach(() => {
  tries += 1;
  [first, second] = [`${100 + tries}.hula.atlas`, `${200 + tries}.hula.atlas`];
  [key, another] = [madeKey(`key ${tries}`), madeKey(`another ${tries}`)];
});

const submits = async (login: string, title: string, body: string) =>
  realm.decides(realm.opens(login, title, body));
const fileOf = (id: string) => `hula/${id.split(".")[0]}.json`;

describe("a computer's owner with one key", () => {
  it("puts it under no second name", async () => {
    expect(await submits("alice", `${first}.sshkey.pub`, key)).toBe("granted");
    expect(await submits("alice", `${second}.sshkey.pub`, key)).toBe("refused");
    expect(await submits("bob", `${second}.sshkey.pub`, key)).toBe("refused");
    expect(await submits("alice", `${tries}.tern.atlas.sshkey.pub`, key)).toBe("refused");
  });

  it("puts it under no second use: an SSH key is no host key", async () => {
    expect(await submits("alice", `${first}.sshkey.pub`, key)).toBe("granted");
    expect(await submits("alice", `${first}.hostkey.pub`, key)).toBe("refused");
    expect(await submits("alice", `${second}.sshkey.pub`, another)).toBe("granted");
    expect(await submits("alice", `${second}.hostkey.pub`, key)).toBe("refused");
  });

  it("gets no second certificate for it under another name", async () => {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const request = (id: string) => requestOf(id.split(".")[0] ?? "", "hula", { keys });
    expect(await submits("alice", `${first}.x509.csr`, request(first))).toBe("granted");
    expect(await submits("alice", `${second}.x509.csr`, request(second))).toBe("refused");
  });
});

describe("somebody who wants another's computer", () => {
  it("does not get its name by submitting a key of their own, trusted as they are", async () => {
    expect(await submits("alice", `${first}.sshkey.pub`, key)).toBe("granted");
    expect(await submits("bob", `${first}.sshkey.pub`, another)).toBe("waiting");
    expect(await realm.keysOf(fileOf(first))).toEqual([key]);
  });

  it("does not get it by a host key, by which controllers would tell it", async () => {
    expect(await submits("alice", `${first}.sshkey.pub`, key)).toBe("granted");
    expect(await submits("bob", `${first}.hostkey.pub`, another)).toBe("waiting");
    expect((await realm.world.record(fileOf(first)))?.hostKeys).toEqual([]);
  });

  it("does not revoke it", async () => {
    expect(await submits("alice", `${tries}.tern.atlas.sshkey.pub`, key)).toBe("granted");
    expect(await submits("bob", `${tries}.tern.atlas.revoke`, "give it to me")).toBe("refused");
    expect(await realm.keysOf(`tern/${tries}.json`)).toEqual([key]);
  });
});

describe("somebody whose computer was revoked", () => {
  const lost = async (): Promise<number> => {
    const issue = realm.opens("alice", `${first}.sshkey.pub`, key);
    expect(await realm.decides(issue)).toBe("granted");
    expect(await submits("bob", `${first}.revoke`, "stolen")).toBe("revoked");
    return issue;
  };

  it("comes back with its key under no name and no use", async () => {
    await lost();
    for (const title of [`${first}.sshkey.pub`, `${second}.sshkey.pub`, `${tries}.tern.atlas.sshkey.pub`]) {
      expect(await submits("alice", title, key)).toBe("refused");
    }
    expect(await submits("alice", `${second}.sshkey.pub`, another)).toBe("granted");
    expect(await submits("alice", `${second}.hostkey.pub`, key)).toBe("refused");
  });

  it("comes back through no reopened issue", async () => {
    const issue = await lost();
    realm.edits("walt", issue, { state: "open" }, "write");
    expect(await realm.decides(issue)).toBe("revoked");
    expect(await realm.keysOf(fileOf(first))).toEqual([]);
  });

  it("comes back under its old name with another key only when an admin says so", async () => {
    await lost();
    expect(await submits("alice", `${first}.sshkey.pub`, another)).toBe("waiting");
  });

  it("comes back by no certificate of the old key", async () => {
    const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const request = requestOf(first.split(".")[0] ?? "", "hula", { keys });
    expect(await submits("alice", `${first}.x509.csr`, request)).toBe("granted");
    await submits("alice", `${first}.revoke`, "stolen");
    expect(await submits("alice", `${first}.x509.csr`, request)).toBe("refused");
    const other = requestOf(second.split(".")[0] ?? "", "hula", { keys });
    expect(await submits("alice", `${second}.x509.csr`, other)).toBe("refused");
  });
});

describe("someone who copies a pending key from a public issue", () => {
  it("holds nothing by it while they wait: its owner is no duplicate", async () => {
    expect(await submits("mallory", `3${tries}.hula.atlas.sshkey.pub`, key)).toBe("waiting");
    expect(await submits("alice", `${first}.sshkey.pub`, key)).toBe("granted");
  });

  it("who was let in with it first gives way to its owner's proof, if an admin agrees", async () => {
    const folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    const file = join(folder, "owner");
    const owned = await makeKey(file);
    const proof = await signWithKey(file, "warren-enroll", proofText(id(second), "alice"));
    await rm(folder, { recursive: true });
    expect(await submits("bob", `${first}.sshkey.pub`, owned)).toBe("granted");
    expect(await submits("alice", `${second}.sshkey.pub`, owned)).toBe("refused");
    expect(await submits("bob", `${second}.enroll`, printEnrollForm({ key: owned, proof }))).toBe("refused");
    expect(await submits("alice", `${second}.enroll`, printEnrollForm({ key: owned, proof }))).toBe(
      "waiting",
    );
  });

  it("is refused for good once its owner has it", async () => {
    const copied = realm.opens("mallory", `3${tries}.hula.atlas.sshkey.pub`, key);
    await realm.decides(copied);
    await submits("alice", `${first}.sshkey.pub`, key);
    realm.says("alice", copied, realm.approvalOf(copied));
    expect(await realm.decides(copied)).toBe("refused");
  });
});
