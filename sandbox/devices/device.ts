import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2, { type AuthContext, type Connection, type PublicKeyAuthContext } from "ssh2";
import { makeFolder } from "../../adapters/files/make-folder.ts";
import { readIfThere } from "../../adapters/files/read.ts";
import { makeKey, readPublicKey } from "../../adapters/openssh/keygen.ts";
import { letsIn, readAuthorizedLine } from "./authorized-line.ts";
import { serveForward } from "./forward.ts";
import { type Login, serveSession } from "./session.ts";

export interface DeviceSettings {
  /** `333.hula.atlas` */
  readonly id: string;
  /** The device's own: its home folder, its host key and its authorized_keys live there. */
  readonly folder: string;
  readonly accounts: readonly string[];
}

export interface SandboxDevice {
  readonly host: string;
  readonly port: number;
  /** `<type> <base64>` */
  readonly hostKey: string;
  /** Account → its authorized_keys file, which need not exist yet. */
  readonly authorizedKeys: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts the SSH server of one device, on a free port of 127.0.0.1. */
export async function startDevice({ id, folder, accounts }: DeviceSettings): Promise<SandboxDevice> {
  const home = join(folder, "home");
  makeFolder(home);
  const hostKeyFile = join(folder, "ssh_host_ed25519_key");
  const hostKey =
    (await readIfThere(hostKeyFile)) === undefined
      ? await makeKey(hostKeyFile, id)
      : await readPublicKey(`${hostKeyFile}.pub`);
  const authorizedKeys = Object.fromEntries(
    accounts.map((account) => [account, join(folder, "authorized_keys", account)]),
  );
  makeFolder(join(folder, "authorized_keys"));

  const connections = new Set<Connection>();
  // The ident differs from device to device, so that a probe can tell one from another.
  const settings = { hostKeys: [await readFile(hostKeyFile)], ident: `WarrenSandbox_${id}` };
  const server = new ssh2.Server(settings, (connection, { ip }) => {
    connections.add(connection);
    // One for each session and forward of a controller's master.
    connection.setMaxListeners(0);
    let login: Login | undefined;
    connection.on("close", () => connections.delete(connection));
    // A client that breaks off is none of the device's troubles.
    connection.on("error", () => {});
    connection.on("authentication", async (context) => {
      const file = authorizedKeys[context.username];
      if (context.method !== "publickey" || file === undefined) return context.reject(["publickey"]);
      if (!(await isLetIn(context, file, ip))) return context.reject(["publickey"]);
      login = { id, home, account: context.username };
      context.accept();
    });
    connection.on("session", (accept) => login !== undefined && serveSession(accept(), login, connection));
    connection.on("tcpip", serveForward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    host: "127.0.0.1",
    port,
    hostKey,
    authorizedKeys,
    close: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function isLetIn(
  context: PublicKeyAuthContext & AuthContext,
  file: string,
  ip: string,
): Promise<boolean> {
  const text = (await readIfThere(file)) ?? "";
  const key = { type: context.key.algo, blob: context.key.data };
  const lines = text.split("\n").map(readAuthorizedLine);
  const line = lines.find((line) => line !== undefined && letsIn(line, key, ip, new Date()));
  if (line === undefined) return false;
  // A client first asks whether the key would do; only then it signs.
  if (context.signature === undefined || context.blob === undefined) return true;
  const publicKey = ssh2.utils.parseKey(`${line.type} ${line.base64}`);
  if (publicKey instanceof Error) return false;
  return publicKey.verify(context.blob, context.signature, context.hashAlgo) === true;
}
