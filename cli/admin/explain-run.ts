import { readRegistryFolder } from "../../adapters/files/registry-folder.ts";
import { explainComputer, explanationLines } from "../../core/decision/explain.ts";
import { Failure } from "../../core/failure.ts";
import { parseComputerId } from "../../core/names.ts";
import type { Realm } from "../../core/realm/realm.ts";
import type { Registry } from "../../core/registry/registry.ts";
import { instantOf } from "../../core/time.ts";
import { githubOf } from "../github.ts";
import { type RealmOptions, realmOf, repositoryNamed } from "../realm-of.ts";

interface Sources extends RealmOptions {
  /** A checkout; left out: the branch is read from the repository. */
  readonly registry: string | undefined;
}

/** One computer's explanation, as a document and as lines for a terminal. */
export async function explain(text: string, sources: Sources) {
  const id = parseComputerId(text);
  if (!id.ok) throw new Failure("usage", id.problem);
  const { realm, registry } = await readSources(sources);
  if (id.value.realm !== realm.name) {
    throw new Failure(
      "usage",
      `computer ${text} is of another realm; this one is ${JSON.stringify(realm.name)}`,
    );
  }
  const explanation = explainComputer({ realm, registry, id: id.value, now: instantOf(new Date()) });
  const [first = "", ...rest] = explanationLines(explanation);
  return { explanation, lines: [first, ...rest.map((line) => `  ${line}`)] };
}

async function readSources(
  sources: Sources,
): Promise<{ readonly realm: Realm; readonly registry: Registry }> {
  if (sources.registry !== undefined) {
    const file = sources.realm ?? (sources.repository === undefined ? "realm.yaml" : undefined);
    const client = file === undefined ? await githubOf() : undefined;
    const realm = await realmOf({ ...sources, realm: file }, client);
    return { realm, registry: readRegistryFolder(sources.registry) };
  }
  const client = await githubOf();
  if (client === undefined) {
    const hint = "set GITHUB_TOKEN, or give a checkout of the branch `registry` by --registry";
    throw new Failure("usage", "the registry can't be read without a token", { hint });
  }
  const realm = await realmOf(sources, client);
  const { GitHubRegistryStore } = await import("../../adapters/github/registry-store.ts");
  const repository = repositoryNamed(sources.repository ?? realm.repository.fullName);
  const store = new GitHubRegistryStore(client, repository, { missing: "fail" });
  return { realm, registry: (await store.snapshot()).registry };
}
