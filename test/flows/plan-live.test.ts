import { describe, expect, it } from "@jest/globals";
import { Registry } from "../../core/registry/registry.ts";
import { planLive } from "../../flows/plan.ts";
import { livePlanExit, livePlanJson, livePlanLines } from "../../flows/plan-words.ts";
import { sync } from "../../flows/sync.ts";
import { CountingForge } from "../fixtures/counting-forge.ts";
import { HoldingProxies } from "../fixtures/holding-proxies.ts";
import { madeKey, madeRecord } from "../made/access.ts";
import { realmYaml } from "../made/realm-yaml.ts";

const text = realmYaml({ port: 22, hostKey: madeKey("host"), signer: madeKey("signer") });
const device = madeRecord("333.hula.atlas", { port: 61333 });
const other = madeRecord("334.hula.atlas", { port: 61334, sequence: 2 });

const world = async () => {
  const proxies = new HoldingProxies();
  const forge = new CountingForge(text, Registry.of(1, [device]));
  await sync(forge.ports(proxies));
  forge.asked.length = 0;
  const ask = async () => {
    const { heads, registry } = forge.ports(proxies);
    const past = forge.history();
    const plans = await planLive({ heads, proxies, ...past, registry: { ...registry, ...past.registry } });
    return { proxies: plans };
  };
  return { proxies, forge, ask };
};

describe("planLive", () => {
  it("asks the forge but once where a sync would change nothing", async () => {
    const { forge, ask } = await world();
    const { proxies } = await ask();
    expect(livePlanLines(proxies)).toEqual(["proxy eu: a sync would change nothing"]);
    expect(livePlanExit(proxies)).toBe(0);
    expect(forge.asked).toEqual(["heads"]);
  });

  it("says who would gain and lose what, and sends nothing", async () => {
    const { proxies: held, forge, ask } = await world();
    const before = held.held.get("eu");
    forge.commits(Registry.of(2, [other]));
    const { proxies } = await ask();
    expect(livePlanJson(proxies)).toMatchObject([
      {
        proxy: "eu",
        kind: "changes",
        files: { changed: ["authorized_keys/hula", "directory/hula.json"] },
        keys: [
          { kind: "loses", computer: "333.hula.atlas" },
          { kind: "gains", computer: "334.hula.atlas" },
        ],
      },
    ]);
    expect(livePlanExit(proxies)).toBe(0);
    expect(held.held.get("eu")).toBe(before);
  });

  it("says which line drifted, and exits 1 for it", async () => {
    const { proxies: held, ask } = await world();
    const keys = "authorized_keys/hula";
    const manifest = held.held.get("eu");
    if (manifest === undefined) throw new Error("eu holds nothing");
    held.held.set("eu", { ...manifest, files: { ...manifest.files, [keys]: "0".repeat(64) } });
    held.strays = { changed: { [keys]: "x\n" }, missing: [], unknown: [] };
    const { proxies } = await ask();
    expect(livePlanLines(proxies)).toEqual([
      "proxy eu: a sync would change nothing",
      `  drift: ${keys} line 1 is unknown: it is no line of Warren's`,
      `  drift: ${keys} lacks a line: 333.hula.atlas ${device.sshKeys[0]?.fingerprint}`,
    ]);
    expect(livePlanExit(proxies)).toBe(1);
  });

  it("names the files alone where no commit explains what a proxy holds", async () => {
    const { proxies: held, forge, ask } = await world();
    const manifest = held.held.get("eu");
    if (manifest === undefined) throw new Error("eu holds nothing");
    held.held.set("eu", { ...manifest, registryCommit: "f".repeat(40) });
    expect((await ask()).proxies).toMatchObject([{ kind: "same" }]);
    forge.commits(Registry.of(2, [other]));
    const { proxies } = await ask();
    expect(livePlanLines(proxies)).toEqual([
      "proxy eu: holds what no commit explains; a sync would replace these files",
      "  authorized_keys/hula",
      "  directory/hula.json",
    ]);
  });

  it("says which proxy does not answer", async () => {
    const { proxies: held, ask } = await world();
    held.down.add("eu");
    const { proxies } = await ask();
    expect(livePlanLines(proxies)).toEqual(["proxy eu does not answer: down"]);
    expect(livePlanExit(proxies)).toBe(3);
  });
});
