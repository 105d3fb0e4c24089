import { once } from "node:events";
import { watch } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { makeFolder } from "../../adapters/files/make-folder.ts";
import { Failure } from "../../core/failure.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { Accounts } from "./accounts.ts";
import { Commands } from "./commands.ts";
import { ServedConnection } from "./connection.ts";
import { Tunnels } from "./tunnels.ts";

export interface ProxySettings {
  /** What would be `/` on a proxy; `warren proxy apply --root` gets the same. */
  readonly root: string;
  /** The text of the host's private key, as ssh-keygen writes it. */
  readonly hostKey: string;
  readonly syncUser: string;
  /** The sync key's public line. */
  readonly syncKey: string;
  /** Program and arguments: the sync key's forced command. */
  readonly applyCommand: readonly [string, ...string[]];
  /** The serving program that dist/ ships. */
  readonly serve: string;
}

export interface SandboxProxy {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1. It holds whatever `apply` puts in force below `root`. */
export async function startProxy(settings: ProxySettings): Promise<SandboxProxy> {
  const folder = join(settings.root, "etc/warren");
  const serve = join(folder, "serve");
  makeFolder(folder);
  await copyFile(settings.serve, serve);
  await chmod(serve, 0o755);
  const key = readKeyLine(settings.syncKey);
  if (!key.ok) throw new Failure("usage", `sync key: ${key.problem}`);

  const served = new Set<ServedConnection>();
  const parts = {
    accounts: new Accounts(folder),
    tunnels: new Tunnels(),
    commands: new Commands(serve, settings.applyCommand),
    sync: { user: settings.syncUser, key: key.value },
    served,
  };
  const server = new ssh2.Server(
    { hostKeys: [settings.hostKey], ident: "WarrenSandboxProxy" },
    (connection) => {
      const one = new ServedConnection(connection, parts);
      served.add(one);
      connection.on("close", () => served.delete(one));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const watcher = watch(folder, (_event, name) => {
    if (name === "current") for (const one of served) void one.endIfGone();
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: "127.0.0.1",
    port,
    close: async () => {
      watcher.close();
      parts.commands.close();
      for (const one of served) one.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
