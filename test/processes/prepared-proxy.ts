import { resolve } from "node:path";
import { madeKey } from "../made/access.ts";
import { startStockHost } from "./stock-host.ts";
import { type Files, putInForce, type StockProxy, type StockProxySettings } from "./stock-proxy.ts";

/** A stock host after `warren proxy prepare`, the program that dist/ holds, with the files of one generation. */
export async function startPreparedProxy({
  systems,
  files,
  prepare,
  network,
  options: more = [],
}: StockProxySettings & {
  /** More of what `prepare` is told. */
  readonly options?: readonly string[];
}): Promise<StockProxy> {
  const host = await startStockHost({
    ...(network === undefined ? {} : { network }),
    prepare: async (made) => {
      await made.put("/root/realm.yaml", realmText(systems, made.hostKey));
      await made.put("/root/sync.pub", `${madeKey("sync")}\n`);
      const options = ["--realm", "/root/realm.yaml", "--sync-key", "/root/sync.pub", ...more];
      await made.must([process.execPath, resolve("dist/warren-proxy.mjs"), "prepare", ...options]);
      await putInForce(made.folder, files);
      await prepare?.(made);
    },
  });
  return Object.assign(host, { switchTo: (next: Files) => putInForce(host.folder, next) });
}

/** Ports are of no matter to `prepare`, but that they don't overlap. */
const realmText = (systems: readonly string[], hostKey: string): string => `realm: atlas
repository: wildlife/atlas
people: { alice: 583231 }
admins: [alice]
proxies:
  eu: { host: 127.0.0.1, port: 22, hostKeys: ["${hostKey}"], syncUser: warren-sync }
signers: ["${madeKey("signer")}"]
systems:
${systems.map((name, index) => system(name, 20_000 + 100 * index)).join("")}`;

const system = (name: string, first: number): string => `  ${name}:
    description: ${name}
    proxy: eu
    ports: ${first}-${first + 99}
    allocate: next
    login: [atlas]
    trust: [{ who: [alice], may: [device], then: grant }]
`;
