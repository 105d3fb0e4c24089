import { describe, expect, it } from "@jest/globals";
import { accessOf } from "../../core/access/access.ts";
import type { Held } from "../../core/access/held.ts";
import { hashOf } from "../../core/access/manifest.ts";
import type { BrokerClient } from "../../core/broker/clients.ts";
import { REVOCATIONS } from "../../core/broker/revocations.ts";
import type { Told } from "../../core/broker/told.ts";
import { Failure } from "../../core/failure.ts";
import type { BrokerChange } from "../../core/ports/broker.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { Registry } from "../../core/registry/registry.ts";
import { isUntold, tellBroker } from "../../flows/tell-broker.ts";
import { at, madeCertificate, madeRealm, madeRecord, madeSystem } from "../made/access.ts";

const broker = { type: "mqtt", url: "mqtts://b", ca: "", presence: false, hosts: ["eu"] } as const;
const realm = madeRealm([madeSystem("hula"), madeSystem("tern", { proxy: "us" })], { broker });
const certificate = (digit: string) => ({ ...madeCertificate, certificate: digit.repeat(64) });
const refused = (digit: string) =>
  ({
    what: "x509",
    fingerprint: digit.repeat(64),
    certificate: digit.repeat(64),
    at: at("2026-11-21T09:00:00Z"),
  }) as const;

/** A broker's host that holds what the registry says, and a broker that remembers whom it lets in. */
class Host {
  readonly told: { clients: readonly string[]; change: BrokerChange }[] = [];
  answers = true;
  #files = new Map<string, string>();
  #last: Told | undefined;

  holds(records: readonly ComputerRecord[], list = "list"): void {
    const access = accessOf(realm, Registry.of(1, records)).get("eu");
    this.#files = new Map([...(access?.files ?? []), [REVOCATIONS, list]]);
  }

  /** Somebody's hand. */
  changes(path: string, text: string): void {
    this.#files.set(path, text);
  }

  drops(path: string): void {
    this.#files.delete(path);
  }

  readonly ports = {
    generations: {
      current: async (): Promise<Held> => ({
        kind: "generation",
        name: "1",
        manifest: { format: 1, realm: "atlas", proxy: "eu", sequence: 1, files: this.#hashes },
      }),
      read: async (path: string) => this.#files.get(path) ?? "",
      locked: <T>(work: () => Promise<T>) => work(),
    },
    broker: {
      govern: async (clients: readonly BrokerClient[], change: BrokerChange) => {
        if (!this.answers) throw new Failure("unavailable", "broker does not answer");
        this.told.push({ clients: clients.map(({ clientId }) => clientId), change });
        return { added: [], removed: [] };
      },
    },
    told: {
      load: async () => this.#last,
      save: async (told: Told) => {
        this.#last = told;
      },
    },
  };

  get #hashes(): Record<string, string> {
    return Object.fromEntries([...this.#files].map(([path, text]) => [path, hashOf(text)]));
  }
}

describe("tellBroker", () => {
  it("tells of every system of the realm, also of those whose tunnels end elsewhere, and of no change twice", async () => {
    const host = new Host();
    host.holds([
      madeRecord("333.hula.atlas", { certificates: [certificate("a")] }),
      madeRecord("boat.tern.atlas", { certificates: [certificate("b")] }),
      madeRecord("444.hula.atlas"),
    ]);
    expect(await isUntold(host.ports)).toBe(true);
    expect(await tellBroker(host.ports)).toEqual({ kind: "told", added: 0, removed: 0 });
    expect(host.told.map(({ clients }) => clients)).toEqual([["333.hula.atlas", "boat.tern.atlas"]]);
    expect(await isUntold(host.ports)).toBe(false);
    expect(await tellBroker(host.ports)).toEqual({ kind: "same" });
    expect(host.told).toHaveLength(1);
  });

  it("names a computer that lost one certificate and keeps another, once", async () => {
    const host = new Host();
    host.holds([madeRecord("333.hula.atlas", { certificates: [certificate("a"), certificate("b")] })]);
    await tellBroker(host.ports);
    const after = madeRecord("333.hula.atlas", { certificates: [certificate("b")], refused: [refused("a")] });
    host.holds([after], "another list");
    await tellBroker(host.ports);
    host.holds([after, madeRecord("444.hula.atlas", { certificates: [certificate("c")] })], "another list");
    await tellBroker(host.ports);
    expect(host.told.map(({ change }) => [[...change.lost], change.listChanged])).toEqual([
      [[], true],
      [["333.hula.atlas"], true],
      [[], false],
    ]);
  });

  it("tries again what the broker did not take", async () => {
    const host = new Host();
    host.holds([madeRecord("333.hula.atlas", { certificates: [certificate("a")] })]);
    host.answers = false;
    expect(await tellBroker(host.ports)).toEqual({ kind: "failed", problem: "broker does not answer" });
    expect(await isUntold(host.ports)).toBe(true);
    host.answers = true;
    expect(await tellBroker(host.ports)).toMatchObject({ kind: "told" });
  });

  it("takes a generation without rules for no rule at all, never for one that lets nobody in", async () => {
    const host = new Host();
    host.holds([]);
    host.drops(REVOCATIONS);
    expect(await tellBroker(host.ports)).toMatchObject({
      kind: "failed",
      problem: "generation in force has no rules for a broker",
    });
    expect(host.told).toEqual([]);
  });

  it("believes no file that is not as warren prints it", async () => {
    const host = new Host();
    host.holds([madeRecord("333.hula.atlas", { certificates: [certificate("a")] })]);
    host.changes("broker/hula.json", "{}\n");
    expect(await tellBroker(host.ports)).toMatchObject({
      kind: "failed",
      problem: "broker/hula.json is not as it was applied",
    });
    expect(host.told).toEqual([]);
  });
});
