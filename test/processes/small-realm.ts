import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import type { Directory } from "../../core/access/directory.ts";
import { readKeyLine } from "../../core/keys/key-line.ts";
import { type ComputerId, parseComputerId } from "../../core/names.ts";
import { type SandboxDevice, startDevice } from "../../sandbox/devices/device.ts";
import { type SandboxProxy, startProxy } from "../../sandbox/proxy/proxy.ts";
import { directoryFiles, hulaDirectory } from "./hula-directory.ts";

export const TUNNEL_PORT = 61333;

/** One proxy that holds one device and one controller, and the device's own SSH server: all real, on loopback. */
export interface SmallRealm {
  readonly folder: string;
  readonly device: SandboxDevice;
  readonly proxy: SandboxProxy;
  readonly proxyKey: string;
  readonly signer: string;
  readonly directory: Directory;
  /** Puts another directory, signed, in the place of the one that is served. */
  serve(directory: Directory, signingKey?: string): Promise<void>;
  close(): Promise<void>;
}

const sandboxed = (folder: string): Promise<SandboxDevice> =>
  startDevice({ id: "333.hula.atlas", folder, accounts: ["atlas"] });

/** `start`: the device's SSH server, in a folder of its own; left out: the sandbox's. */
export async function startSmallRealm(start = sandboxed): Promise<SmallRealm> {
  const folder = await mkdtemp(join(tmpdir(), "warren-test-"));
  const file = (name: string) => join(folder, name);
  const [deviceKey, controllerKey, proxyKey, signer, syncKey] = await Promise.all(
    ["identity", "controller", "proxy", "signer", "sync"].map((name) => makeKey(file(name))),
  );
  if (!deviceKey || !controllerKey || !proxyKey || !signer || !syncKey) throw new Error("no keys were made");
  const device = await start(file("333"));
  const root = file("root");
  const current = join(root, "etc/warren/current");
  for (const part of ["authorized_keys", "directory"]) await mkdir(join(current, part), { recursive: true });
  const grants: KeyGrant[] = [
    { role: "device", computer: idOf("333.hula.atlas"), key: keyOf(deviceKey), port: TUNNEL_PORT },
    {
      role: "controller",
      computer: idOf("controller-a.hula.atlas"),
      key: keyOf(controllerKey),
      opens: [TUNNEL_PORT],
    },
  ];
  await writeFile(join(current, "authorized_keys/hula"), printAuthorizedKeys(grants));
  const proxy = await startProxy({
    root,
    hostKey: await readFile(file("proxy"), "utf8"),
    syncUser: "warren-sync",
    syncKey,
    applyCommand: ["/bin/false"],
    serve: "agent/proxy/serve.sh",
  });
  const pinned = { host: proxy.host, port: proxy.port, hostKeys: [proxyKey] };
  const directory = hulaDirectory(pinned, {
    login: Object.keys(device.authorizedKeys),
    devices: { 333: { port: TUNNEL_PORT, hostKeys: [device.hostKey] } },
    controllers: { "controller-a": { keys: [{ key: controllerKey }] } },
  });
  const serve = async (served: Directory, signingKey = file("signer")): Promise<void> => {
    for (const [path, text] of await directoryFiles(served, signingKey))
      await writeFile(join(current, path), text);
  };
  await serve(directory);
  const close = async (): Promise<void> => {
    await Promise.all([proxy.close(), device.close()]);
    await rm(folder, { recursive: true });
  };
  return { folder, device, proxy, proxyKey, signer, directory, serve, close };
}

export function idOf(text: string): ComputerId {
  const id = parseComputerId(text);
  if (!id.ok) throw new Error(id.problem);
  return id.value;
}

function keyOf(line: string) {
  const key = readKeyLine(line);
  if (!key.ok) throw new Error(key.problem);
  return key.value;
}
