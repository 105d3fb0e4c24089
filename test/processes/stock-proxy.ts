import { readFile } from "node:fs/promises";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { dropIn } from "../../core/proxy-host/sshd.ts";
import { type StockHost, type StockHostSettings, startStockHost } from "./stock-host.ts";

/** A stock host that is a Warren proxy: accounts, sshd's settings and the files of one generation; no hook, no sync. */
export interface StockProxy extends StockHost {
  /** Puts other files in force, as `proxy apply` does. */
  switchTo(files: Files): Promise<string>;
}

/** Path below `current`, and text. */
export type Files = ReadonlyMap<string, string>;

export interface StockProxySettings {
  readonly systems: readonly string[];
  readonly files: Files;
  /** What else it needs before sshd starts. */
  readonly prepare?: (host: Omit<StockHost, "port">) => Promise<void>;
  readonly network?: StockHostSettings["network"];
}

export async function startStockProxy({
  systems,
  files,
  prepare,
  network,
}: StockProxySettings): Promise<StockProxy> {
  const host = await startStockHost({
    ...(network === undefined ? {} : { network }),
    prepare: async (made) => {
      await made.must(["groupadd", "--system", "warren"]);
      await made.put("/etc/warren/serve", await readFile("agent/proxy/serve.sh", "utf8"), 0o755);
      for (const system of systems) await made.must([...ADD_ACCOUNT, system]);
      await made.must(["ssh-keygen", "-q", "-k", "-f", "/etc/warren/blocked.krl"]);
      await made.put("/etc/ssh/sshd_config.d/50-warren.conf", SETTINGS);
      await putInForce(made.folder, files);
      await prepare?.(made);
    },
  });
  return Object.assign(host, { switchTo: (next: Files) => putInForce(host.folder, next) });
}

/** As `proxy apply` does it. */
export function putInForce(root: string, files: Files): Promise<string> {
  const generations = new DiskGenerations(root);
  return generations.locked(() => generations.switchTo(files));
}

const ADD_ACCOUNT = [
  ...["useradd", "--system", "--no-create-home", "--home-dir", "/etc/warren", "--gid", "warren"],
  ...["--shell", "/etc/warren/serve", "--password", "*", "--comment", "Warren system"],
];

/** What `prepare` would write. */
const SETTINGS = dropIn({ syncUser: "warren-sync", node: process.execPath, penalties: [] });
