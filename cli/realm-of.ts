import { readFile } from "node:fs/promises";
import type { ForgeClient, Repository } from "../adapters/github/client.ts";
import { causeOf, Failure } from "../core/failure.ts";
import { formatProblem } from "../core/place.ts";
import { quoted } from "../core/quote.ts";
import { type Realm, readRealm } from "../core/realm/realm.ts";

export interface RealmOptions {
  /** realm.yaml as a file. */
  readonly realm: string | undefined;
  /** `owner/name` */
  readonly repository: string | undefined;
}

const HERE = "realm.yaml";

/** realm.yaml from the file that was named, or else from the realm's repository. */
export async function realmOf(options: RealmOptions, client: ForgeClient | undefined): Promise<Realm> {
  if (options.realm !== undefined) return realmIn(await textOf(options.realm), options.realm);
  const here = await textHere();
  const repository = options.repository ?? (await repositoryHere());
  if (repository === undefined) {
    const hint = "name it by --repository owner/name, or run this in a clone of it";
    throw new Failure("usage", "the realm's repository is not known", { hint });
  }
  if (client === undefined) {
    if (here !== undefined) return realmIn(here, HERE);
    const hint = "set GITHUB_TOKEN, or give the file by --realm";
    throw new Failure("usage", `realm.yaml of ${repository} can't be read without a token`, { hint });
  }
  const { GitHubRealmSource } = await import("../adapters/github/realm-source.ts");
  const { text } = await new GitHubRealmSource(client, repositoryNamed(repository)).head();
  return realmIn(text, `${repository}/${HERE}`);
}

/** The repository that realm.yaml of this folder names; undefined if there is none. */
export async function repositoryHere(): Promise<string | undefined> {
  const here = await textHere();
  return here === undefined ? undefined : realmIn(here, HERE).repository.fullName;
}

const textHere = (): Promise<string | undefined> => readFile(HERE, "utf8").catch(() => undefined);

export function repositoryNamed(name: string): Repository {
  const [owner = "", repo = "", ...more] = name.split("/");
  if (more.length === 0 && owner !== "" && repo !== "") return { owner, repo };
  throw new Failure("usage", `repository ${quoted(name)} is no owner/name`);
}

export function realmIn(text: string, file: string): Realm {
  const read = readRealm(text, file);
  if (read.ok) return read.realm;
  const problems = read.problems.map(formatProblem).join("\n");
  throw new Failure("usage", `${file} is invalid\n${problems}`, { hint: "warren validate" });
}

const textOf = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((cause: unknown) => {
    throw new Failure("usage", `${file} can't be read: ${causeOf(cause)}`, { cause });
  });
