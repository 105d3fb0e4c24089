import { readFile } from "node:fs/promises";
import { DiskGenerations } from "../../adapters/files/generations.ts";
import { type StockHost, startStockHost } from "./stock-host.ts";

/** A stock host that is a Warren proxy: accounts, sshd's settings and the files of one generation. */
export interface StockProxy extends StockHost {
  /** Puts other files in force, as `proxy apply` does. */
  switchTo(files: ReadonlyMap<string, string>): Promise<string>;
}

export interface StockProxySettings {
  readonly systems: readonly string[];
  /** Path below `current`, and text. */
  readonly files: ReadonlyMap<string, string>;
  /** What else it needs before sshd starts. */
  readonly prepare?: (host: Omit<StockHost, "port">) => Promise<void>;
}

export async function startStockProxy({ systems, files, prepare }: StockProxySettings): Promise<StockProxy> {
  const host = await startStockHost({
    prepare: async (made) => {
      await made.must(["groupadd", "--system", "warren"]);
      await made.put("/etc/warren/serve", await readFile("agent/proxy/serve.sh", "utf8"), 0o755);
      for (const system of systems) await made.must([...ADD_ACCOUNT, system]);
      await made.must(["ssh-keygen", "-q", "-k", "-f", "/etc/warren/blocked.krl"]);
      await made.put("/etc/ssh/sshd_config.d/50-warren.conf", SETTINGS);
      await new DiskGenerations(made.folder).switchTo(files);
      await prepare?.(made);
    },
  });
  const generations = new DiskGenerations(host.folder);
  return Object.assign(host, {
    switchTo: (next: ReadonlyMap<string, string>) => generations.locked(() => generations.switchTo(next)),
  });
}

const ADD_ACCOUNT = [
  ...["useradd", "--system", "--no-create-home", "--home-dir", "/etc/warren", "--gid", "warren"],
  ...["--shell", "/etc/warren/serve", "--password", "*", "--comment", "Warren system"],
];

export const SETTINGS = `MaxStartups 300:30:600
Match Group warren
  AuthorizedKeysFile /etc/warren/current/authorized_keys/%u
  RevokedKeys /etc/warren/blocked.krl
  AuthenticationMethods publickey
  AllowTcpForwarding yes
  AllowStreamLocalForwarding no
  GatewayPorts clientspecified
  PermitListen 127.0.0.1:* localhost:*
  PermitOpen 127.0.0.1:* localhost:*
  PermitTTY no
  PermitTunnel no
  PermitUserRC no
  AllowAgentForwarding no
  X11Forwarding no
  ClientAliveInterval 10
  ClientAliveCountMax 1
Match all
`;
