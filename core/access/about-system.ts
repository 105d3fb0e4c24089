import { createHash } from "node:crypto";
import { Failure } from "../failure.ts";
import { proxyOf, type Realm, type System } from "../realm/realm.ts";

/** All that realm.yaml contributes to a system's directory. */
export function aboutSystem(realm: Realm, system: System) {
  const proxy = proxyOf(realm, system);
  if (proxy === undefined) throw new Failure("refused", `system ${JSON.stringify(system.name)} has no proxy`);
  const { name, host, port, hostKeys } = proxy;
  return {
    format: 1,
    realm: realm.name,
    system: system.name,
    proxy: { name, host, port, hostKeys: hostKeys.map(({ line }) => line) },
    login: system.login,
    legacy: system.legacy,
  } as const;
}

/** The same by its SHA-256, which the registry remembers: another one must raise the directory's sequence. */
export const aboutHash = (realm: Realm, system: System): string =>
  createHash("sha256")
    .update(JSON.stringify(aboutSystem(realm, system)))
    .digest("hex");
