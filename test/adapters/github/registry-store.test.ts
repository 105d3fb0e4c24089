import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { GitHubRegistryStore, type RegistryOptions } from "../../../adapters/github/registry-store.ts";
import type { ComputerRecord } from "../../../core/registry/record.ts";
import { printRecord } from "../../../core/registry/record-file.ts";
import { printRegistryHead } from "../../../core/registry/registry-file.ts";
import { Refusal } from "../../../sandbox/forge/refusal.ts";
import { id } from "../../made/access.ts";
import { startWildlife, type Wildlife, wildlife } from "./wildlife.ts";

let world: Wildlife;
const store = (missing: RegistryOptions["missing"] = "create") =>
  new GitHubRegistryStore(world.bot, wildlife, { missing });

const device = (name: string, port: number): ComputerRecord => ({
  format: 1,
  id: id(`${name}.hula.atlas`),
  sequence: 0,
  port,
  sshKeys: [],
  hostKeys: [],
  certificates: [],
  refused: [],
  history: [],
});
/** What somebody else does to the branch. */
const push = (files: Record<string, string | null>) => {
  const { branches } = world.forge.repository();
  const walt = world.forge.person("walt");
  const changes = Object.entries(files).map(
    ([path, text]) => [path, text === null ? null : Buffer.from(text)] as const,
  );
  const expectedHead = branches.head(walt, "registry").oid;
  return branches.commit(walt, { branch: "registry", expectedHead, message: "x", changes: new Map(changes) })
    .oid;
};
const head = (sequence: number) => printRegistryHead({ format: 1, sequence });

beforeEach(async () => {
  world = await startWildlife();
});
afterEach(() => world.close());

describe("a registry that does not exist", () => {
  it("is made empty, as a branch of its own, and then costs one request", async () => {
    const registry = store();
    const first = await registry.snapshot();
    expect([first.registry.size, first.registry.sequence]).toEqual([0, 0]);
    const { branches } = world.forge.repository();
    expect(branches.head(world.forge.person("alice"), "registry")).toMatchObject({
      oid: first.head,
      parents: [],
    });
    world.requests.length = 0;
    expect(await registry.snapshot(first)).toBe(first);
    expect(await registry.snapshot()).toBe(first);
    expect(world.requests).toEqual(["POST /graphql", "POST /graphql"]);
  });

  it("is made once when two replicas start at the same moment", async () => {
    const [one, other] = await Promise.all([store().snapshot(), store().snapshot()]);
    expect(one.head).toBe(other.head);
  });

  it("is a failure for whoever only reads, and where the forge does not surely say so", async () => {
    await expect(store("fail").snapshot()).rejects.toMatchObject({ code: "refused" });
    for (const status of [403, 500, 502] as const) {
      world.refuseNext(/graphql/, new Refusal(status, "no"));
      await expect(store().snapshot()).rejects.toMatchObject({ name: "Failure" });
    }
    const refs = world.forge
      .repository()
      .git.refs("refs/heads/")
      .map(([name]) => name);
    expect(refs).toEqual(["refs/heads/main"]);
  });
});

describe("a commit to the registry", () => {
  it("raises the sequence in registry.json and in each record, and needs no read after it", async () => {
    const registry = store();
    const empty = await registry.snapshot();
    const records = [device("333", 61333), device("334", 61334)];
    world.requests.length = 0;
    const done = await registry.commit(empty, { records, message: "hula/333: accept sshkey (#1)" });
    if (done.kind !== "committed") throw new Error(done.kind);
    expect(world.requests).toEqual(["POST /graphql"]);
    expect(done.snapshot.registry.sequence).toBe(1);
    expect(done.snapshot.registry.get(id("333.hula.atlas"))).toEqual({
      ...device("333", 61333),
      sequence: 1,
    });

    const fresh = await store().snapshot();
    expect(fresh.head).toBe(done.snapshot.head);
    expect([...fresh.registry.all()]).toEqual([...done.snapshot.registry.all()]);
    const commit = world.forge.repository().branches.head(world.forge.person("alice"), "registry");
    expect(commit.message).toBe("hula/333: accept sshkey (#1)");
  });

  it("is a conflict, and changes nothing, when somebody else was first", async () => {
    const [one, other] = [store(), store()];
    const seen = await one.snapshot();
    const same = await other.snapshot();
    await one.commit(seen, { records: [device("333", 61333)], message: "first" });
    const late = await other.commit(same, { records: [device("334", 61334)], message: "second" });
    expect(late).toEqual({ kind: "conflict" });
    const again = await other.snapshot(same);
    expect([...again.registry.all()].map(({ port }) => port)).toEqual([61333]);
    const { kind } = await other.commit(again, { records: [device("334", 61334)], message: "second" });
    expect(kind).toBe("committed");
    expect((await one.snapshot()).registry.sequence).toBe(2);
  });

  it("is not sent again when the forge breaks off", async () => {
    const registry = store();
    const seen = await registry.snapshot();
    world.refuseNext(/graphql/, new Refusal(502, "no"));
    world.requests.length = 0;
    const commit = registry.commit(seen, { records: [device("333", 61333)], message: "x" });
    await expect(commit).rejects.toMatchObject({ code: "unavailable" });
    expect(world.requests).toHaveLength(1);
  });
});

describe("a registry that changed", () => {
  it("is read by its changed files alone", async () => {
    const registry = store();
    await registry.snapshot();
    const records = Object.fromEntries(
      Array.from({ length: 120 }, (_, at) => [
        `hula/${at}.json`,
        printRecord({ ...device(String(at), 61000 + at), sequence: 1 }),
      ]),
    );
    push({ ...records, "registry.json": head(1), "README.md": "hello" });
    world.requests.length = 0;
    const { registry: read } = await registry.snapshot();
    expect([read.size, read.sequence]).toEqual([120, 1]);
    expect(world.requests.filter((request) => request !== "POST /graphql")).toEqual([
      expect.stringContaining("/compare/"),
    ]);
  });

  it("is read whole when more changed than a comparison lists, and when a record went away", async () => {
    const registry = store();
    await registry.snapshot();
    const records = Object.fromEntries(
      Array.from({ length: 301 }, (_, at) => [
        `hula/${at}.json`,
        printRecord({ ...device(String(at), 61000 + at), sequence: 1 }),
      ]),
    );
    push({ ...records, "registry.json": head(1) });
    expect((await registry.snapshot()).registry.size).toBe(301);
    push({ "hula/7.json": null, "registry.json": head(2) });
    expect((await registry.snapshot()).registry.size).toBe(300);
    expect(world.requests.filter((request) => request.includes("tarball"))).toHaveLength(3);
  });

  it("is never read as less than it is: one unreadable file fails it all", async () => {
    const registry = store();
    const before = await registry.snapshot();
    push({ "hula/333.json": "{", "registry.json": head(1) });
    const unreadable = { code: "unavailable", message: expect.stringContaining("hula/333.json") };
    await expect(registry.snapshot(before)).rejects.toMatchObject(unreadable);
    await expect(store().snapshot()).rejects.toMatchObject(unreadable);
    push({ "hula/333.json": printRecord(device("334", 61334)) });
    await expect(store().snapshot()).rejects.toMatchObject(unreadable);
    push({ "hula/333.json": null, "registry.json": null });
    await expect(store().snapshot()).rejects.toMatchObject({
      message: expect.stringContaining("registry.json"),
    });
  });

  it("is not believed when the branch was turned back or is gone", async () => {
    const registry = store();
    const first = await registry.snapshot();
    await registry.commit(first, { records: [device("333", 61333)], message: "x" });
    const { branches } = world.forge.repository();
    const alice = world.forge.person("alice");
    branches.move(alice, "refs/heads/registry", first.head, true);
    await expect(registry.snapshot()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("which is older than"),
    });
    branches.delete(alice, "refs/heads/registry");
    await expect(registry.snapshot()).rejects.toMatchObject({ code: "refused" });
  });
});
