import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { type Access, accessOf } from "../../core/access/access.ts";
import { encodeBundle } from "../../core/access/bundle.ts";
import { hashesOf } from "../../core/access/manifest.ts";
import { REVOCATIONS } from "../../core/broker/revocations.ts";
import type { BrokerTold } from "../../core/broker/told.ts";
import { parsed } from "../../core/place.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { Registry } from "../../core/registry/registry.ts";
import { apply } from "../../flows/apply.ts";
import { at, madeCertificate, madeRealm, madeRecord, madeSystem, wholeBundle } from "../made/access.ts";
import { applyPorts } from "../made/apply.ts";

const broker = { type: "mqtt", url: "mqtts://b", ca: "", presence: false, hosts: ["eu"] } as const;
const realm = madeRealm([madeSystem("hula"), madeSystem("tern", { proxy: "us" })], { broker });
const LIST = "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n";

/** Computers of a system on another proxy, of which this one holds the certificates alone. */
const holders = (count: number): readonly ComputerRecord[] =>
  Array.from({ length: count }, (_, n) =>
    madeRecord(`${n}.tern.atlas`, {
      port: 61000 + n,
      certificates: [{ ...madeCertificate, certificate: n.toString(16).padStart(64, "0") }],
    }),
  );
const access = (sequence: number, records: readonly ComputerRecord[], list = LIST): Access => {
  const found = accessOf(realm, Registry.of(sequence, records)).get("eu");
  if (found === undefined) throw new Error("no proxy eu");
  return changed(found, REVOCATIONS, () => list);
};
const changed = ({ files, manifest }: Access, path: string, change: (text: string) => string): Access => {
  const next = new Map(files).set(path, change(files.get(path) ?? ""));
  return { files: next, manifest: { ...manifest, files: hashesOf(next) } };
};

let root = "";
let generations = new DiskGenerations(root);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "warren-test-"));
  generations = new DiskGenerations(root);
});
afterEach(() => rm(root, { recursive: true }));

const told: BrokerTold = { kind: "told", added: 1, removed: 0 };
const applied = (what: Access, asked: string[] = []) =>
  apply(
    {
      ...applyPorts(root, generations, at("2026-11-21T08:30:00Z")),
      accounts: {
        missing: async (systems) => parsed(systems),
        create: async (system) => void asked.push(system),
      },
      tellBroker: async () => told,
    },
    encodeBundle(wholeBundle(what)),
    { guard: 0.25 },
  );

describe("apply on the host of a broker", () => {
  it("tells the broker, and makes no account for a system whose tunnels end elsewhere", async () => {
    const asked: string[] = [];
    expect(await applied(access(1, holders(3)), asked)).toMatchObject({ report: { broker: told } });
    expect(asked).toEqual(["hula"]);
  });

  it.each([
    ["holders of another system", "broker/tern.json", (text: string) => text.replace('"tern"', '"hula"')],
    ["holders of another realm", "broker/tern.json", (text: string) => text.replace('"atlas"', '"borealis"')],
    [
      "holders with rules of their own",
      "broker/tern.json",
      (text: string) => text.replace("{", '{\n  "says": ["#"],'),
    ],
    ["a computer named by a wildcard", "broker/tern.json", (text: string) => text.replace('"0":', '"+":')],
    [
      "a list that is none",
      REVOCATIONS,
      () => "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    ],
    ["a list with more behind it", REVOCATIONS, (text: string) => `${text}listener 1883\n`],
    ["another file for the broker", "broker/mosquitto.conf", () => "listener 1883\n"],
  ])("refuses %s", async (_, path, change) => {
    const good = access(1, holders(3));
    expect((await applied(good)).kind).toBe("applied");
    expect((await applied(changed(good, path, change))).kind).toBe("refused");
  });

  it("counts certificates among what its guard lets go", async () => {
    await applied(access(1, holders(40)));
    expect(await applied(access(2, holders(20)))).toMatchObject({
      kind: "refused",
      problems: [expect.stringContaining("guard allows")],
    });
    expect((await applied(access(3, holders(31)))).kind).toBe("applied");
  });
});

describe("access to a proxy that is no host of the broker", () => {
  it("holds nothing of the broker", () => {
    const us = accessOf(realm, Registry.of(1, holders(1))).get("us");
    expect([...(us?.files.keys() ?? [])].filter((path) => path.startsWith("broker/"))).toEqual([]);
  });
});
