import { readRegistryFolder } from "../../adapters/files/registry-folder.ts";
import { Failure } from "../../core/failure.ts";
import { instantOf } from "../../core/time.ts";
import { type Verified, verify, verifyOffline } from "../../flows/verify.ts";
import { githubOf } from "../github.ts";
import { warn } from "../outcome.ts";
import { realmOf, repositoryHere, repositoryNamed } from "../realm-of.ts";

export async function verifyFromHere(options: {
  readonly realm?: string;
  readonly registry?: string;
  readonly repository?: string;
}): Promise<Verified> {
  const { realm, registry, repository } = options;
  if (registry !== undefined || realm !== undefined) {
    if (registry === undefined) throw new Failure("usage", "verify needs --registry where --realm is given");
    const rules = await realmOf({ realm: realm ?? "realm.yaml", repository: undefined }, undefined);
    return verifyOffline(rules, readRegistryFolder(registry), instantOf(new Date()));
  }
  const client = await githubOf();
  if (client === undefined) {
    throw new Failure("usage", "GITHUB_TOKEN is not set", {
      hint: "set it to a token that may read the repository and its teams, or give --realm and --registry",
    });
  }
  const { wireVerification } = await import("../../adapters/wire.ts");
  return verify(wireVerification({ client, repository: await repositoryOf(repository) }), warn);
}

export async function repositoryOf(named: string | undefined) {
  const name = named ?? (await repositoryHere());
  if (name !== undefined) return repositoryNamed(name);
  const hint = "name it by --repository owner/name, or run this in a clone of it";
  throw new Failure("usage", "the realm's repository is not known", { hint });
}

const TITLES = {
  then: "its rule never allowed it",
  now: "would not be granted today",
  left: "whoever enrolled it has left",
} as const;

export function verifyLines({ computers, findings, oddities }: Verified): readonly string[] {
  const lines = oddities.map(({ says }) => says);
  for (const { computer, part, issue, kind, says } of findings)
    lines.push(`${computer} ${part} (#${issue}) ${TITLES[kind]}: ${says}`);
  const records = computers === 1 ? "1 record" : `${computers} records`;
  return lines.length === 0 ? [`${records}, all as realm.yaml grants them`] : lines;
}
