import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalCa } from "../../adapters/local-ca/ca.ts";
import { makeKey } from "../../adapters/openssh/keygen.ts";
import { makeRequest, makeX509Key } from "../../adapters/x509/request.ts";
import { type KeyGrant, printAuthorizedKeys } from "../../core/access/authorized-keys.ts";
import { subjectNameOf } from "../../core/computer/enrollment.ts";
import { printProfile } from "../../core/computer/profile.ts";
import type { PinnedProxy } from "../../core/computer/ssh-config.ts";
import type { KeyLine } from "../../core/keys/key-line.ts";
import { id } from "../made/access.ts";
import { keyOf } from "./clients.ts";
import { directoryFiles, hulaDirectory } from "./hula-directory.ts";
import type { Files } from "./stock-proxy.ts";

export const DEVICE = "333.hula.atlas";
/** The one holds sessions, the other visits. */
export const CONTROLLERS = ["controller-a.hula.atlas", "controller-b.hula.atlas"] as const;
export const TUNNEL_PORT = 61333;
const SUFFIX = ".tunnels.example.org";

/** The keys of one device and two controllers, and what follows from them; all in one folder. */
export class FaultRealm {
  readonly #folder: string;
  readonly #keys: ReadonlyMap<string, KeyLine>;
  readonly #signer: KeyLine;
  readonly #hostKey: string;

  private constructor(folder: string, keys: ReadonlyMap<string, KeyLine>, signer: KeyLine, hostKey: string) {
    this.#folder = folder;
    this.#keys = keys;
    this.#signer = signer;
    this.#hostKey = hostKey;
  }

  static async make(folder: string): Promise<FaultRealm> {
    const keys = new Map<string, KeyLine>();
    for (const name of [DEVICE, ...CONTROLLERS]) keys.set(name, await keyOf(folder, name));
    const [signer, hostKey] = [await keyOf(folder, "signer"), await makeKey(join(folder, "host"))];
    return new FaultRealm(folder, keys, signer, hostKey);
  }

  /** Of the proxy, without the directory: that names the proxy's own key. */
  logins(): Files {
    const grants = [...this.#keys].map(
      ([name, key]): KeyGrant =>
        name === DEVICE
          ? { role: "device", computer: id(name), key, port: TUNNEL_PORT }
          : { role: "controller", computer: id(name), key, opens: [TUNNEL_PORT] },
    );
    return new Map([["authorized_keys/hula", printAuthorizedKeys(grants)]]);
  }

  async files(proxy: PinnedProxy): Promise<Files> {
    const directory = hulaDirectory(proxy, {
      login: ["root"],
      devices: { 333: { port: TUNNEL_PORT, hostKeys: [this.#hostKey] } },
      controllers: Object.fromEntries(
        CONTROLLERS.map((name) => [
          name.split(".")[0] ?? "",
          { keys: [{ key: this.#keys.get(name)?.line ?? "" }] },
        ]),
      ),
    });
    return new Map([...this.logins(), ...(await directoryFiles(directory, join(this.#folder, "signer")))]);
  }

  /** What `warren enroll` leaves behind; returns the folder. `broker`: its URL, and the CA of all certificates. */
  async enroll(
    name: string,
    proxy: PinnedProxy,
    broker?: { readonly url: string; readonly ca: LocalCa },
  ): Promise<string> {
    const profile = join(this.#folder, "config/warren", name);
    await mkdir(profile, { recursive: true, mode: 0o700 });
    await cp(join(this.#folder, name), join(profile, "identity"));
    if (broker !== undefined) {
      const key = makeX509Key();
      await writeFile(join(profile, "x509.key"), key);
      const request = makeRequest(key, subjectNameOf(id(name), SUFFIX));
      await writeFile(join(profile, "x509.pem"), await broker.ca.sign(request));
    }
    const device = {
      sshd: { host: "127.0.0.1", port: 22 },
      authorizedKeys: { root: join(this.#folder, "authorized_keys") },
    };
    const text = printProfile({
      format: 1,
      id: name,
      repository: "wildlife/atlas",
      proxy,
      signers: [this.#signer.line],
      ...(broker === undefined
        ? {}
        : { broker: { url: broker.url, clientId: `${name}${SUFFIX}`, ca: broker.ca.certPem } }),
      ...(name === DEVICE ? { device } : {}),
    });
    await writeFile(join(profile, "profile.json"), text);
    return profile;
  }
}
