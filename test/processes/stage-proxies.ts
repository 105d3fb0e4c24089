import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { startProxy } from "../../sandbox/proxy/proxy.ts";
import { startPreparedProxy } from "./prepared-proxy.ts";
import { type Files, putInForce } from "./stock-proxy.ts";

/** A proxy whose sessions leave their environment in the folder `seen`. */
export interface WatchedProxy {
  readonly port: number;
  readonly hostKey: string;
  readonly seen: string;
  /** An account that nothing restricts, with the plain keys; where it can be had. */
  readonly free?: string;
  close(): Promise<void>;
}

export interface WatchedFiles {
  readonly systems: readonly string[];
  readonly files: Files;
  /** An authorized_keys without options. */
  readonly plainKeys: string;
}

export type StartWatched = (files: WatchedFiles) => Promise<WatchedProxy>;

/** Notes what sshd gave a session, then is the serving program. */
const RECORDER = `#!/bin/sh
env > "\${0%/*}/seen/$$"
exec /bin/sh "\${0%/*}/served" "$@"
`;

/** A real sshd, set up by `warren proxy prepare`. */
export const startReal: StartWatched = async ({ systems, files, plainKeys }) => {
  const host = await startPreparedProxy({
    systems,
    files,
    prepare: async (made) => {
      await made.put("/etc/warren/served", await made.read("/etc/warren/serve"));
      await made.put("/etc/warren/serve", RECORDER, 0o755);
      await made.must(["install", "-d", "-m", "0777", "/etc/warren/seen"]);
      // Root, for nobody else may have a tun device.
      const root = ["--non-unique", "--uid", "0", "--no-create-home", "--home-dir", "/root"];
      await made.must(["useradd", ...root, "--shell", "/bin/sh", "--password", "*", FREE]);
      await made.put("/etc/free_keys", plainKeys);
      await made.put("/etc/ssh/sshd_config.d/60-free.conf", FREE_SETTINGS);
    },
  });
  const seen = join(host.folder, "etc/warren/seen");
  return { port: host.port, hostKey: host.hostKey, seen, free: FREE, close: () => host.stop() };
};

const FREE = "free";
const FREE_SETTINGS = `XAuthLocation /bin/true
Match User free
  AuthorizedKeysFile /etc/free_keys
  AllowTcpForwarding yes
  AllowStreamLocalForwarding yes
  GatewayPorts clientspecified
  PermitTTY yes
  PermitTunnel yes
  AllowAgentForwarding yes
  X11Forwarding yes
Match all
`;

/** The one that `warren sandbox` starts. */
export const startSandboxed: StartWatched = async ({ files }) => {
  const root = await mkdtemp(join(tmpdir(), "warren-stage-"));
  const seen = join(root, "etc/warren/seen");
  await mkdir(seen, { recursive: true });
  await writeFile(join(root, "etc/warren/served"), await readFile("agent/proxy/serve.sh", "utf8"));
  await writeFile(join(root, "recorder"), RECORDER);
  await putInForce(root, files);
  const hostKey = await makeKey(join(root, "host"));
  const proxy = await startProxy({
    root,
    hostKey: await readFile(join(root, "host"), "utf8"),
    syncUser: "warren-sync",
    syncKey: await makeKey(join(root, "sync")),
    applyCommand: ["/bin/false"],
    serve: join(root, "recorder"),
  });
  const close = async () => {
    await proxy.close();
    await rm(root, { recursive: true });
  };
  return { port: proxy.port, hostKey, seen, close };
};
