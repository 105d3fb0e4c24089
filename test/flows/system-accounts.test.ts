import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { accessOf } from "../../core/access/access.ts";
import { encodeBundle } from "../../core/access/bundle.ts";
import { parsed, unparsed } from "../../core/place.ts";
import type { SystemAccounts } from "../../core/ports/proxy-host.ts";
import { Registry } from "../../core/registry/registry.ts";
import { apply } from "../../flows/apply.ts";
import { at, madeRealm, madeRecord, madeSystem, wholeBundle } from "../made/access.ts";
import { applyPorts } from "../made/apply.ts";

/** A host whose accounts are a set of names, some of them somebody else's. */
class NamedAccounts implements SystemAccounts {
  readonly made: string[];
  readonly #foreign: string;

  constructor(made: readonly string[], foreign: string) {
    this.made = [...made];
    this.#foreign = foreign;
  }

  async missing(systems: readonly string[]) {
    return systems.includes(this.#foreign)
      ? unparsed(`account ${this.#foreign} is foreign`)
      : parsed(systems.filter((system) => !this.made.includes(system)));
  }

  async create(system: string) {
    this.made.push(system);
  }
}

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "warren-test-"));
});
afterEach(() => rm(root, { recursive: true }));

const applied = (accounts: SystemAccounts) => {
  const systems = [madeSystem("hula"), madeSystem("tern", { ports: { first: 62000, last: 62099 } })];
  const access = accessOf(madeRealm(systems), Registry.of(1, [madeRecord("1.hula.atlas", { port: 61001 })]));
  const eu = access.get("eu");
  if (eu === undefined) throw new Error("no proxy eu");
  const generations = new DiskGenerations(root);
  const ports = { ...applyPorts(root, generations, at("2026-11-21T08:30:00Z")), accounts };
  return apply(ports, encodeBundle(wholeBundle(eu)), { guard: 0.25 });
};

describe("apply, of systems' accounts", () => {
  it("makes those of new systems", async () => {
    const accounts = new NamedAccounts(["hula"], "root");
    expect((await applied(accounts)).kind).toBe("applied");
    expect(accounts.made).toEqual(["hula", "tern"]);
  });

  it("puts nothing in force where a system's name is somebody else's account", async () => {
    const accounts = new NamedAccounts([], "tern");
    expect(await applied(accounts)).toEqual({ kind: "refused", problems: ["account tern is foreign"] });
    expect(accounts.made).toEqual([]);
    expect((await new DiskGenerations(root).current()).kind).toBe("empty");
  });
});
