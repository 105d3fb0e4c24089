import { accessOn, type Commits } from "../core/access/access.ts";
import { MANIFEST, printManifest } from "../core/access/manifest.ts";
import type { SystemRecords } from "../core/registry/registry.ts";
import { type RealmText, realmIn } from "./realm-text.ts";

export interface RenderedProxy {
  readonly proxy: string;
  /** Path → text, the manifest among them; nothing is signed. */
  readonly files: ReadonlyMap<string, string>;
}

/** Every file of every proxy, one proxy after the other: the texts of all together are large. */
export function* render(
  realm: RealmText,
  registry: SystemRecords,
  commits: Commits,
): Iterable<RenderedProxy> {
  const read = realmIn(realm);
  for (const proxy of read.proxies.map(({ name }) => name).toSorted()) {
    const { files, manifest } = accessOn(proxy, read, registry, commits);
    yield { proxy, files: new Map([...files, [MANIFEST, printManifest(manifest)]]) };
  }
}
