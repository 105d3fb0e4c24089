import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { LocalCa } from "../../adapters/local-ca/ca.ts";
import { Failure } from "../../core/failure.ts";
import type { RevocationLists } from "../../core/ports/certificates.ts";
import type { ComputerRecord } from "../../core/registry/record.ts";
import { Registry } from "../../core/registry/registry.ts";
import { sync } from "../../flows/sync.ts";
import { syncExit } from "../../flows/sync-words.ts";
import { CountingForge } from "../fixtures/counting-forge.ts";
import { HoldingProxies } from "../fixtures/holding-proxies.ts";
import { at, madeCertificate, madeKey, madeRecord } from "../made/access.ts";
import { realmYaml } from "../made/realm-yaml.ts";

const lists: RevocationLists = {
  print: async (_, revoked) =>
    `list of ${revoked.map(({ certificate }) => certificate.slice(0, 2)).join()}\n`,
};
const withKey = { ...madeRecord("333.hula.atlas", { port: 61333 }), certificates: [madeCertificate] };
const revoked: ComputerRecord = {
  ...withKey,
  certificates: [],
  refused: [
    {
      what: "x509",
      fingerprint: madeCertificate.keySha256,
      certificate: madeCertificate.certificate,
      at: at("2026-11-21T09:00:00Z"),
    },
  ],
};

describe("sync of a proxy whose host runs the broker", () => {
  const text = async () => {
    const folder = await mkdtemp(join(tmpdir(), "warren-test-"));
    const { certPem } = await LocalCa.open(folder);
    await rm(folder, { recursive: true });
    const realm = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });
    const ca = certPem.trimEnd().replaceAll("\n", "\n    ");
    return `${realm}broker:\n  type: mqtt\n  url: mqtts://b.example.org\n  hosts: [eu]\n  ca: |\n    ${ca}\n`;
  };
  const synced = async (proxies: HoldingProxies, realm: string, registry: Registry, by = lists) =>
    (await sync({ ...new CountingForge(realm, registry).ports(proxies), lists: by })).proxies;

  it("sends who holds certificates and the CA's list, and of them only what changed", async () => {
    const [proxies, realm] = [new HoldingProxies(), await text()];
    await synced(proxies, realm, Registry.of(1, [withKey]));
    expect(proxies.sent[0]?.filter((path) => path.startsWith("broker/")).toSorted()).toEqual([
      "broker/hula.json",
      "broker/revoked.crl",
      "broker/tern.json",
    ]);
    expect(await synced(proxies, realm, Registry.of(2, [withKey]))).toMatchObject([{ kind: "same" }]);
    await synced(proxies, realm, Registry.of(3, [{ ...revoked, sequence: 3 }]));
    expect(
      proxies.sent
        .at(-1)
        ?.filter((path) => path.startsWith("broker/"))
        .toSorted(),
    ).toEqual(["broker/hula.json", "broker/revoked.crl"]);
  });

  it("sends nothing where the CA's key is missing, and says so", async () => {
    const [proxies, realm] = [new HoldingProxies(), await text()];
    const without: RevocationLists = {
      print: () => Promise.reject(new Failure("refused", "its key is not here")),
    };
    const results = await synced(proxies, realm, Registry.of(1, [withKey]), without);
    expect(results).toMatchObject([{ kind: "failed", failure: { message: "its key is not here" } }]);
    expect(syncExit(results)).toBe(1);
    expect(proxies.sent).toEqual([]);
  });
});
