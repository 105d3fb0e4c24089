import { describe, expect, it } from "@jest/globals";
import type { Bundle, Held } from "../../core/access/bundle.ts";
import { unavailable } from "../../core/failure.ts";
import type { Proxies } from "../../core/ports.ts";
import { Registry } from "../../core/registry/registry.ts";
import { type SyncOptions, sync } from "../../flows/sync.ts";
import { syncExit, syncLines } from "../../flows/sync-words.ts";
import { accepted, madeKey, madeRecord, revocation } from "../made/access.ts";
import { realmYaml } from "../made/realm-yaml.ts";

const one = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });
/** The same realm with a second proxy, which has the system `tern`. */
const two = one
  .replace(/^ {2}eu: .*$/m, (line) => `${line}\n${line.replace("eu:", "us:").replace("22", "23")}`)
  .replace(/(tern:\n.*\n {4}proxy:) eu/, "$1 us");

const device = madeRecord("333.hula.atlas", { port: 61333 });
const boat = madeRecord("boat.tern.atlas", { port: 62000 });

/** Proxies that hold what they were sent; those named in `down` don't answer. */
class HoldingProxies implements Proxies {
  readonly held = new Map<string, Bundle["manifest"]>();
  readonly sent: string[][] = [];
  readonly down = new Set<string>();

  async exchange({ name }: { readonly name: string }, respond: (held: Held) => Promise<Bundle | undefined>) {
    if (this.down.has(name)) throw unavailable(`proxy ${name}`, new Error("down"));
    const manifest = this.held.get(name);
    const bundle = await respond(
      manifest === undefined ? { kind: "empty" } : { kind: "generation", name: "1", manifest },
    );
    if (bundle === undefined) return undefined;
    this.held.set(name, bundle.manifest);
    this.sent.push(Object.keys(bundle.files).toSorted());
    const nothing = { added: [], changed: [], removed: [], keysAdded: [], keysRemoved: [] };
    const report = { generation: "1", sequence: bundle.manifest.sequence, ...nothing };
    return { kind: "applied", report } as const;
  }
}

const synced = (proxies: Proxies, registry: Registry, text = one, options: SyncOptions = {}) =>
  sync(
    {
      realm: {
        head: async () => ({ text, commit: "a".repeat(40), repositoryId: 1, link: "" }),
        at: () => Promise.reject(),
      },
      registry: {
        snapshot: async () => ({ head: "b".repeat(40), registry }),
        commit: () => Promise.reject(),
      },
      proxies,
      signer: { sign: async (signed) => `signature of ${signed.length}` },
    },
    options,
  );

describe("sync", () => {
  it("sends only what the proxy lacks, and signs only what changed", async () => {
    const proxies = new HoldingProxies();
    await synced(proxies, Registry.of(1, [device]));
    expect(proxies.sent[0]).toHaveLength(8);
    await synced(proxies, Registry.of(2, [device, { ...boat, sequence: 2 }]));
    expect(proxies.sent[1]).toEqual([
      "authorized_keys/tern",
      "directory/tern.json",
      "directory/tern.json.sig",
    ]);
    expect(await synced(proxies, Registry.of(3, [device, { ...boat, sequence: 2 }]))).toEqual([
      { proxy: "eu", kind: "same" },
    ]);
  });

  it("signs everything again when asked, and sends what came out otherwise", async () => {
    const proxies = new HoldingProxies();
    await synced(proxies, Registry.of(1, [device]));
    expect(await synced(proxies, Registry.of(1, [device]), one, { signAnew: true })).toEqual([
      { proxy: "eu", kind: "same" },
    ]);
    const manifest = proxies.held.get("eu");
    if (manifest === undefined) throw new Error("eu holds nothing");
    const old = { ...manifest, files: { ...manifest.files, "directory/hula.json.sig": "0".repeat(64) } };
    proxies.held.set("eu", old);
    await synced(proxies, Registry.of(1, [device]));
    expect(proxies.sent).toHaveLength(1);
    await synced(proxies, Registry.of(1, [device]), one, { signAnew: true });
    expect(proxies.sent[1]).toEqual(["directory/hula.json.sig"]);
  });

  it("goes on where one proxy is down, and says which", async () => {
    const proxies = new HoldingProxies();
    proxies.down.add("eu");
    const results = await synced(proxies, Registry.of(1, [device, boat]), two);
    expect(results.map(({ proxy, kind }) => [proxy, kind])).toEqual([
      ["eu", "failed"],
      ["us", "changed"],
    ]);
    expect(syncLines(results)[0]).toBe("proxy eu does not answer: down");
    expect(syncExit(results)).toBe(1);
    proxies.down.add("us");
    expect(syncExit(await synced(proxies, Registry.of(1, [device, boat]), two))).toBe(3);
  });

  it("says whose keys came and went, also of those that are revoked", async () => {
    const lost = accepted(madeKey("334.hula.atlas")).fingerprint;
    const [gained] = device.sshKeys;
    if (gained === undefined) throw new Error("the device has no key");
    const refused = [{ what: "ssh", fingerprint: lost, at: revocation.at }] as const;
    const gone = madeRecord("334.hula.atlas", { sshKeys: [], refused, revoked: revocation });
    const report = {
      generation: "2",
      sequence: 2,
      added: [],
      changed: ["authorized_keys/hula"],
      removed: [],
    };
    const [result] = await synced(
      {
        exchange: async () => ({
          kind: "applied",
          report: { ...report, keysAdded: [gained.fingerprint], keysRemoved: [lost] },
        }),
      },
      Registry.of(2, [device, gone]),
    );
    expect(result === undefined ? [] : syncLines([result])).toEqual([
      "proxy eu took generation 2, sequence 2: 1 file changed, 1 key gained, 1 lost",
      `  gained 333.hula.atlas ${gained.fingerprint}`,
      `  lost 334.hula.atlas ${lost}`,
    ]);
  });

  it("touches no proxy where realm.yaml is invalid", async () => {
    const proxies = new HoldingProxies();
    await expect(synced(proxies, Registry.of(1, [device]), `${one}nonsense: 1\n`)).rejects.toMatchObject({
      code: "usage",
    });
    expect(proxies.held.size).toBe(0);
  });
});
