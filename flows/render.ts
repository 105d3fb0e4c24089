import { accessOf, type Commits } from "../core/access.ts";
import { Failure } from "../core/failure.ts";
import { MANIFEST, printManifest } from "../core/manifest.ts";
import { formatProblem } from "../core/place.ts";
import { readRealm } from "../core/realm.ts";
import type { Registry } from "../core/registry.ts";

/** Every file of every proxy, unsigned: `<proxy>/<path>` → text, `<proxy>/manifest.json` among them. */
export function render(
  realm: { readonly text: string; readonly file: string },
  registry: Registry,
  commits: Commits,
): ReadonlyMap<string, string> {
  const read = readRealm(realm.text, realm.file);
  if (!read.ok) {
    throw new Failure("usage", read.problems.map(formatProblem).join("\n"), { hint: "warren validate" });
  }
  const all = new Map<string, string>();
  for (const [proxy, { files, manifest }] of accessOf(read.realm, registry, commits)) {
    for (const [path, text] of files) all.set(`${proxy}/${path}`, text);
    all.set(`${proxy}/${MANIFEST}`, printManifest(manifest));
  }
  return all;
}
