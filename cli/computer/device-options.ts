import { readdir } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { readInput } from "../../adapters/files/read.ts";
import type { Profile } from "../../core/computer/profile.ts";
import { Failure } from "../../core/failure.ts";
import { keyProblem } from "../../core/keys/key-policy.ts";
import { parseSshPublicKey } from "../../core/keys/ssh-key.ts";
import { quoted } from "../../core/quote.ts";
import type { Realm, System } from "../../core/realm/realm.ts";

type Device = NonNullable<Profile["device"]>;

const HOST_KEYS = "/etc/ssh";

/** `HOST:PORT`, as `127.0.0.1:22` or `[::1]:22`. */
export function sshdOf(text: string): Device["sshd"] {
  const [, host = "", port = ""] = /^\[?([A-Za-z0-9.:-]+?)\]?:([0-9]{1,5})$/.exec(text) ?? [];
  const number = Number(port);
  if (host === "" || number < 1 || number > 65_535) {
    throw new Failure("usage", `--sshd is ${quoted(text)}; write HOST:PORT, as in 127.0.0.1:22`);
  }
  return { host, port: number };
}

/** `ACCOUNT=PATH` each; without any, the usual file of every account that the system's controllers may use. */
export function authorizedKeysOf(
  texts: readonly string[],
  system: System | undefined,
): Device["authorizedKeys"] {
  if (texts.length === 0)
    return Object.fromEntries((system?.login ?? []).map((account) => [account, usual(account)]));
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      const [account, path] = [text.slice(0, at), text.slice(at + 1)];
      if (at < 1 || path === "") {
        throw new Failure("usage", `--authorized-keys is ${quoted(text)}; write ACCOUNT=PATH`);
      }
      return [account, isAbsolute(path) ? path : resolve(path)];
    }),
  );
}

const usual = (account: string): string =>
  account === "root" ? "/root/.ssh/authorized_keys" : `/home/${account}/.ssh/authorized_keys`;

/** `<type> <base64>` of the files, or of this host's own host keys as far as the realm takes their kind. */
export async function hostKeysOf(files: readonly string[], realm: Realm): Promise<readonly string[]> {
  const named = files.length > 0;
  const paths = named ? files : await ownHostKeys();
  const keys = await Promise.all(paths.map(readHostKey));
  const taken = named ? keys : keys.filter((key) => keyProblem(realm.keys, key) === undefined);
  if (taken.length > 0) return taken.map(({ line }) => line);
  throw new Failure("usage", `no host key of this device was found in ${HOST_KEYS}`, {
    hint: "install an SSH server, or name its public host key by --host-key",
  });
}

const ownHostKeys = async (): Promise<readonly string[]> => {
  const names = await readdir(HOST_KEYS).catch(() => []);
  return names
    .filter((name) => /^ssh_host_[a-z0-9]+_key\.pub$/.test(name))
    .map((name) => join(HOST_KEYS, name));
};

async function readHostKey(path: string) {
  const text = await readInput(path);
  const key = parseSshPublicKey(text.trim());
  if (!key.ok) throw new Failure("usage", `${path} holds no public key: ${key.problem}`);
  return key.value;
}
