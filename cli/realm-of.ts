import { LONGEST_INPUT, readIfThere, readInput } from "../adapters/files/read.ts";
import type { ForgeClient, Repository } from "../adapters/github/client.ts";
import { Failure } from "../core/failure.ts";
import { quoted } from "../core/quote.ts";
import type { Realm } from "../core/realm/realm.ts";
import { realmIn } from "../flows/realm-text.ts";

export interface RealmOptions {
  /** realm.yaml as a file. */
  readonly realm: string | undefined;
  /** `owner/name` */
  readonly repository: string | undefined;
}

const HERE = "realm.yaml";

/** realm.yaml from the file that was named, or else from the realm's repository. */
export async function realmOf(options: RealmOptions, client: ForgeClient | undefined): Promise<Realm> {
  if (options.realm !== undefined)
    return realmIn({ text: await readInput(options.realm), file: options.realm });
  const here = await textHere();
  const repository = options.repository ?? (await repositoryHere());
  if (repository === undefined) {
    const hint = "name it by --repository owner/name, or run this in a clone of it";
    throw new Failure("usage", "the realm's repository is not known", { hint });
  }
  if (client === undefined) {
    if (here !== undefined) return realmIn({ text: here, file: HERE });
    const hint = "set GITHUB_TOKEN, or give the file by --realm";
    throw new Failure("usage", `realm.yaml of ${repository} can't be read without a token`, { hint });
  }
  const { GitHubRealmSource } = await import("../adapters/github/realm-source.ts");
  const { text } = await new GitHubRealmSource(client, repositoryNamed(repository)).head();
  return realmIn({ text, file: `${repository}/${HERE}` });
}

/** The repository that realm.yaml of this folder names; undefined if there is none. */
export async function repositoryHere(): Promise<string | undefined> {
  const here = await textHere();
  return here === undefined ? undefined : realmIn({ text: here, file: HERE }).repository.fullName;
}

const textHere = (): Promise<string | undefined> => readIfThere(HERE, LONGEST_INPUT).catch(() => undefined);

export function repositoryNamed(name: string): Repository {
  const [owner = "", repo = "", ...more] = name.split("/");
  if (more.length === 0 && owner !== "" && repo !== "") return { owner, repo };
  throw new Failure("usage", `repository ${quoted(name)} is no owner/name`);
}
