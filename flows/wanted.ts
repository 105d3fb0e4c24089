import { type Access, accessOn, WRITER } from "../core/access/access.ts";
import type { Expectation } from "../core/access/drift.ts";
import type { Held } from "../core/access/held.ts";
import { parseComputerId } from "../core/names.ts";
import type { RealmHeads } from "../core/ports/realm.ts";
import type { RegistryStore } from "../core/ports/registry.ts";
import type { Realm } from "../core/realm/realm.ts";
import type { CommitId } from "../core/registry/record.ts";
import type { Registry } from "../core/registry/registry.ts";

/** What every proxy must hold now. */
export interface Wanted {
  readonly registryCommit: CommitId;
  readonly registry: Registry;
  accessOn(proxy: string): Access;
}

/** realm.yaml was read first: a registry that is newer than it names at worst a system that it doesn't hold yet. */
export async function readWanted(store: RegistryStore, heads: RealmHeads, realm: Realm): Promise<Wanted> {
  const { head: registryCommit, registry } = await store.snapshot();
  const commits = { realmCommit: heads.realm.commit, registryCommit };
  const accessOf = (proxy: string) => accessOn(proxy, realm, registry, commits);
  return { registryCommit, registry, accessOn: accessOf };
}

/** Whether the proxy's own word already tells that it holds all it should: then the registry need not be read. */
export const isCurrent = (held: Held, heads: RealmHeads, realm: Realm, proxy: string): boolean =>
  held.kind === "generation" &&
  held.strays === undefined &&
  held.manifest.realm === realm.name &&
  held.manifest.proxy === proxy &&
  held.manifest.writer === WRITER &&
  held.manifest.realmCommit === heads.realm.commit &&
  held.manifest.registryCommit !== undefined &&
  held.manifest.registryCommit === heads.registry;

/** What a proxy that says `held` should say, as far as the newest commits tell. */
export function expectationOf(now: Wanted, access: Access, heads: RealmHeads, held: Held): Expectation {
  const manifest = held.kind === "empty" ? undefined : held.manifest;
  return {
    files: access.files,
    exact:
      manifest?.realmCommit === heads.realm.commit &&
      manifest.registryCommit === now.registryCommit &&
      manifest.writer === WRITER,
    isNewer: (computer) => {
      const id = parseComputerId(computer);
      const record = id.ok ? now.registry.get(id.value) : undefined;
      return record !== undefined && record.sequence > (manifest?.sequence ?? 0);
    },
  };
}
