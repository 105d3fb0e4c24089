import { describe, expect, it } from "@jest/globals";
import type { Proxies } from "../../core/ports/proxies.ts";
import { Registry } from "../../core/registry/registry.ts";
import { type SyncOptions, sync } from "../../flows/sync.ts";
import { syncExit, syncLines } from "../../flows/sync-words.ts";
import { CountingForge } from "../fixtures/counting-forge.ts";
import { HoldingProxies } from "../fixtures/holding-proxies.ts";
import { accepted, madeKey, madeRecord, revocation } from "../made/access.ts";
import { realmYaml } from "../made/realm-yaml.ts";

const one = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });
/** The same realm with a second proxy, which has the system `tern`. */
const two = one
  .replace(/^ {2}eu: .*$/m, (line) => `${line}\n${line.replace("eu:", "us:").replace("22", "23")}`)
  .replace(/(tern:\n.*\n {4}proxy:) eu/, "$1 us");

const device = madeRecord("333.hula.atlas", { port: 61333 });
const boat = madeRecord("boat.tern.atlas", { port: 62000 });

const synced = async (proxies: Proxies, registry: Registry, text = one, options: SyncOptions = {}) => {
  const forge = new CountingForge(text, registry);
  return (await sync(forge.ports(proxies), options)).proxies;
};

const drift = { files: [], host: [] };

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
      { proxy: "eu", kind: "same", drift },
    ]);
  });

  it("signs everything again when asked, and sends what came out otherwise", async () => {
    const proxies = new HoldingProxies();
    await synced(proxies, Registry.of(1, [device]));
    expect(await synced(proxies, Registry.of(1, [device]), one, { signAnew: true })).toEqual([
      { proxy: "eu", kind: "same", drift },
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
      `  gained 333.hula.atlas ${gained.fingerprint} (issue 1, systems.hula.trust[0])`,
      `  lost 334.hula.atlas ${lost} (ended, and left the registry at 2026-11-21T09:00:00Z)`,
    ]);
  });

  it.each([["authorized_keys/hula"], []])(
    "fails where a proxy could not end the sessions of revoked keys, whatever files it took: %j",
    async (...changed: string[]) => {
      const report = { generation: "2", sequence: 2, added: [], changed, removed: [] };
      const sessions = { kind: "failed", problem: "no room" } as const;
      const results = await synced(
        {
          exchange: async () => ({
            kind: "applied",
            report: { ...report, keysAdded: [], keysRemoved: [], sessions },
          }),
        },
        Registry.of(2, [device]),
      );
      expect(syncExit(results)).toBe(1);
      expect(syncLines(results)).toContain("  sessions of keys that went may still live: no room");
    },
  );

  it("costs one request and one connection a proxy where nothing changed", async () => {
    const proxies = new HoldingProxies();
    const forge = new CountingForge(two, Registry.of(1, [device, boat]));
    await sync(forge.ports(proxies));
    expect(forge.asked).toEqual(["heads", "registry", "rules of registry", "rules of main"]);
    forge.asked.length = 0;
    proxies.connections = 0;
    const { proxies: results } = await sync(forge.ports(proxies));
    expect(results.map(({ kind }) => kind)).toEqual(["same", "same"]);
    expect(forge.asked).toEqual(["heads"]);
    expect(proxies.connections).toBe(2);
  });

  it("reads the registry once for all proxies, and tells those whose files stay the same its newer commit", async () => {
    const proxies = new HoldingProxies();
    const forge = new CountingForge(two, Registry.of(1, [device, boat]));
    await sync(forge.ports(proxies));
    forge.commits(Registry.of(2, [device, { ...boat, sequence: 2 }]));
    forge.asked.length = 0;
    const { proxies: results } = await sync(forge.ports(proxies));
    expect(results.map(({ proxy, kind }) => [proxy, kind])).toEqual([
      ["eu", "same"],
      ["us", "changed"],
    ]);
    expect(forge.asked.filter((what) => what === "registry")).toHaveLength(1);
    expect(proxies.held.get("eu")).toMatchObject({ registryCommit: forge.registryCommit, sequence: 2 });
    forge.asked.length = 0;
    await sync(forge.ports(proxies));
    expect(forge.asked).toEqual(["heads"]);
  });

  it("reads the registry where another version of the writer made what a proxy holds", async () => {
    const proxies = new HoldingProxies();
    const forge = new CountingForge(one, Registry.of(1, [device]));
    await sync(forge.ports(proxies));
    const manifest = proxies.held.get("eu");
    if (manifest === undefined) throw new Error("eu holds nothing");
    proxies.held.set("eu", { ...manifest, writer: 1_000_000 });
    forge.asked.length = 0;
    await sync(forge.ports(proxies));
    expect(forge.asked).toContain("registry");
    expect(proxies.held.get("eu")).toEqual(manifest);
  });

  it("sends nothing where rulesets are missing, unless realm.yaml accepts it", async () => {
    const proxies = new HoldingProxies();
    const forge = new CountingForge(one, Registry.of(1, [device]));
    forge.rules = ["deletion", "non_fast_forward", "pull_request"];
    const { proxies: results } = await sync(forge.ports(proxies));
    expect(syncLines(results)).toEqual([
      'branch "registry" is not protected by a ruleset with creation, update',
    ]);
    expect(results[0]).toMatchObject({ failure: { code: "refused" } });
    expect(syncExit(results)).toBe(1);
    expect(proxies.held.size).toBe(0);
    forge.text = `${one}unprotected: accepted\n`;
    await sync(forge.ports(proxies));
    expect(proxies.held.size).toBe(1);
  });

  it("mends what somebody changed on a proxy, a signature too, and says which line", async () => {
    const proxies = new HoldingProxies();
    const forge = new CountingForge(one, Registry.of(1, [device]));
    await sync(forge.ports(proxies));
    const manifest = proxies.held.get("eu");
    if (manifest === undefined) throw new Error("eu holds nothing");
    const evil = accepted(madeKey("evil"));
    const [changed, gone, signature] = [
      "authorized_keys/hula",
      "certificates/tern.json",
      "directory/hula.json.sig",
    ];
    const { [gone]: _gone, ...files } = manifest.files;
    const standing = { [changed]: "0".repeat(64), [signature]: "1".repeat(64) };
    proxies.held.set("eu", { ...manifest, files: { ...files, ...standing } });
    proxies.strays = {
      changed: { [changed]: `# hi\n${evil.key} x\n`, [signature]: "x" },
      missing: [gone],
      unknown: ["root"],
    };
    const { proxies: results } = await sync(forge.ports(proxies));
    expect(syncLines(results).slice(1)).toEqual([
      "  mended: authorized_keys/hula line 1 is unknown: it is no line of Warren's",
      `  mended: authorized_keys/hula line 2 is unknown: ${evil.fingerprint}`,
      `  mended: authorized_keys/hula lacks a line: 333.hula.atlas ${device.sshKeys[0]?.fingerprint}`,
      "  mended: directory/hula.json.sig was changed",
      "  mended: certificates/tern.json is missing",
      "  mended: root is none of Warren's",
    ]);
    expect(proxies.held.get("eu")).toEqual(manifest);
  });

  it("touches no proxy where realm.yaml is invalid", async () => {
    const proxies = new HoldingProxies();
    await expect(synced(proxies, Registry.of(1, [device]), `${one}nonsense: 1\n`)).rejects.toMatchObject({
      code: "usage",
    });
    expect(proxies.held.size).toBe(0);
  });
});
