import { accessOf, type Commits } from "../core/access/access.ts";
import { MANIFEST, printManifest } from "../core/access/manifest.ts";
import type { Registry } from "../core/registry/registry.ts";
import { type RealmText, realmIn } from "./realm-text.ts";

/** Every file of every proxy, unsigned: `<proxy>/<path>` → text, `<proxy>/manifest.json` among them. */
export function render(realm: RealmText, registry: Registry, commits: Commits): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const [proxy, { files, manifest }] of accessOf(realmIn(realm), registry, commits)) {
    for (const [path, text] of files) all.set(`${proxy}/${path}`, text);
    all.set(`${proxy}/${MANIFEST}`, printManifest(manifest));
  }
  return all;
}
