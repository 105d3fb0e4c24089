import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { decideFiles } from "../../cli/admin/decide-files.ts";
import { decide } from "../../core/decision/decide.ts";
import { readBlocklist } from "../../core/keys/blocklist.ts";
import { Registry } from "../../core/registry/registry.ts";
import { admit } from "../../flows/admit.ts";
import { hostile } from "../corpus/corpus.ts";
import { at, issue, KEYS, realm } from "../fixtures/people.ts";
import { openFoundry, RealmInMemory } from "../fixtures/realm-in-memory.ts";
import { decided, rulesOf } from "./deciding.ts";

const weak = hostile.filter(({ name }) =>
  /^(rsa:|policy:|key: (dss|zero point|identity|beyond the field|p256 off|infinity|other curve|unknown curve)|csr: (rsa512|rsa-e3|e = 3|small RSA|sha1|secp256k1))/.test(
    name,
  ),
);

describe("a submitter with a weak key", () => {
  it("is tried with at least twenty", () => {
    expect(weak.length).toBeGreaterThanOrEqual(20);
  });

  it.each(weak.map((each) => [each.name, each] as const))("is refused: %s", (_name, { title, body }) => {
    const decision = decided({ title, body });
    expect(decision.kind).toBe("refuse");
    expect(["submission.text", "keys"]).toContain(rulesOf(decision)[0]);
  });
});

describe("a submitter with a key of a list of known-weak keys", () => {
  const dir = mkdtempSync(join(tmpdir(), "warren-weak-"));
  afterAll(() => rmSync(dir, { recursive: true }));
  const keyFile = join(dir, "key.pub");
  writeFileSync(keyFile, `${KEYS[0]}\n`);
  const fingerprint = (hash: string): string =>
    execFileSync("ssh-keygen", ["-l", "-E", hash, "-f", keyFile], { encoding: "utf8" }).split(" ")[1] ?? "";
  /** As Debian's openssh-blacklist has it. */
  const listed = fingerprint("md5")
    .replace(/^MD5:|:/g, "")
    .slice(12);
  const listing = { ...realm, keys: { ...realm.keys, blocklist: "weak-keys.txt" } };
  const judged = (body: string, list: string | undefined) => {
    const read = list === undefined ? undefined : readBlocklist(list);
    if (read?.ok === false) throw new Error(read.problem);
    return decide({
      realm: read === undefined ? listing : { ...listing, blocklist: read.value },
      registry: Registry.empty,
      issue: issue({ body }),
      isMember: () => false,
      proven: false,
      now: at("12:00:00"),
    });
  };

  it.each([
    ["the end of its MD5, as in openssh-blacklist", `# RSA-2048\n${"0".repeat(20)}\r\n${listed}\n`],
    ["its fingerprint", `${fingerprint("sha256")} # of 2008\n`],
  ])("is refused by %s", (_how, list) => {
    const decision = judged(KEYS[0], list);
    expect([decision.kind, rulesOf(decision)]).toEqual(["refuse", ["keys.blocklist"]]);
    expect(judged(KEYS[1], list).kind).toBe("grant");
  });

  it("is refused, as everyone is, where the list was not read", () => {
    expect(rulesOf(judged(KEYS[1], undefined))).toEqual(["keys.blocklist"]);
  });

  it.each([
    ["", "list names no key"],
    ["# nothing\n", "list names no key"],
    [`${listed}\n${listed}0\n`, "line 2 is"],
    ["<!DOCTYPE html>", "line 1 is"],
  ])("finds no way in by the list %j, which is refused whole", (text, problem) => {
    const read = readBlocklist(text);
    expect(read.ok ? "read" : read.problem).toContain(problem);
  });

  it("is refused offline too, by the list beside realm.yaml; without it nothing is decided", async () => {
    const [folder, file] = [join(dir, "realm"), join(dir, "issue.json")];
    mkdirSync(folder);
    const text = `${readFileSync("realm.yaml", "utf8")}\nkeys: { blocklist: lists/weak.txt }\n`;
    writeFileSync(join(folder, "realm.yaml"), text);
    const user = { login: "alice", id: 583231 };
    const asked = { number: 7, title: "333.hula.atlas.sshkey.pub", body: KEYS[0], user, state: "open" };
    writeFileSync(file, JSON.stringify({ ...asked, created_at: "2026-11-01T00:00:00Z" }));
    const offline = () =>
      decideFiles({ realm: join(folder, "realm.yaml"), registry: undefined, issue: file });
    await expect(offline()).rejects.toMatchObject({ code: "usage" });
    mkdirSync(join(folder, "lists"));
    writeFileSync(join(folder, "lists/weak.txt"), "broken\n");
    await expect(offline()).rejects.toMatchObject({ code: "usage" });
    writeFileSync(join(folder, "lists/weak.txt"), `${listed}\n`);
    const because = [{ rule: "keys.blocklist" }];
    expect((await offline()).decision).toMatchObject({ kind: "refuse", because });
  });

  it("waits while the bot can't read the list, and is refused once it can", async () => {
    const world = await RealmInMemory.open(await openFoundry());
    world.realmText += "\nkeys: { blocklist: weak-keys.txt }\n";
    const number = world.opens("alice", "333.hula.atlas.sshkey.pub", KEYS[0]);
    const why = "weak-keys.txt: the repository has no such file";
    expect(await admit(world.bot(), number)).toEqual({ kind: "later", why });
    world.blocklist = readBlocklist(`${listed}\n`);
    expect(await admit(world.bot(), number)).toMatchObject({ kind: "refused" });
    expect(world.branch.snapshot.registry.size).toBe(0);
  });
});
