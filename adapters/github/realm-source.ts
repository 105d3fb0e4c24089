import * as z from "zod";
import { Failure, unavailable } from "../../core/failure.ts";
import { type Blocklist, readBlocklist } from "../../core/keys/blocklist.ts";
import { type Parsed, unparsed } from "../../core/place.ts";
import type { RealmFile, RealmSource } from "../../core/ports/realm.ts";
import type { CommitId } from "../../core/registry/record.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";

export const REALM_PATH = "realm.yaml";

const COMMIT = `
  fragment realm on Commit {
    oid
    file(path: "${REALM_PATH}") { object { ... on Blob { text isTruncated } } }
  }`;
const HEAD = `
  query ($owner: String!, $repo: String!) {
    repository(owner: $owner, name: $repo) {
      databaseId
      url
      defaultBranchRef { target { ...realm } }
    }
  }
  ${COMMIT}`;
const AT = `
  query ($owner: String!, $repo: String!, $commit: GitObjectID!) {
    repository(owner: $owner, name: $repo) {
      databaseId
      url
      object(oid: $commit) { ...realm }
    }
  }
  ${COMMIT}`;

export const blobWithText = z
  .object({ text: z.string().nullish(), isTruncated: z.boolean().optional() })
  .nullable();

const commit = z.object({
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  file: z.object({ object: blobWithText }).nullable(),
});
const about = { databaseId: z.number(), url: z.string() };
const head = z.object({
  repository: z.object({ ...about, defaultBranchRef: z.object({ target: commit }).nullable() }),
});
const at = z.object({ repository: z.object({ ...about, object: commit.nullable() }) });

/** realm.yaml, and the commit it was read at, from one answer. */
export class GitHubRealmSource implements RealmSource {
  readonly #forge: Forge;
  readonly #repository: Repository;
  /** A commit's list never changes, and may be long. */
  #list: { readonly path: string; readonly commit: CommitId; readonly read: Parsed<Blocklist> } | undefined;

  constructor(client: ForgeClient, repository: Repository) {
    this.#forge = new Forge(client);
    this.#repository = repository;
  }

  async head(): Promise<RealmFile> {
    const { repository } = await this.#forge.query(HEAD, { ...this.#repository }, head);
    return this.#fileOf(repository, repository.defaultBranchRef?.target ?? undefined, "its default branch");
  }

  async at(commit: CommitId): Promise<RealmFile> {
    const { repository } = await this.#forge.query(AT, { ...this.#repository, commit }, at);
    return this.#fileOf(repository, repository.object ?? undefined, `commit ${commit}`);
  }

  async blocklist(path: string, commit: CommitId): Promise<Parsed<Blocklist>> {
    if (this.#list?.path === path && this.#list.commit === commit) return this.#list.read;
    const parameters = { ...this.#repository, path, ref: commit, mediaType: { format: "raw" } };
    const text = await this.#forge.find("GET /repos/{owner}/{repo}/contents/{path}", parameters, z.string());
    const read = text === undefined ? unparsed("the repository has no such file") : readBlocklist(text);
    this.#list = { path, commit, read };
    return read;
  }

  #fileOf(
    { databaseId: repositoryId, url }: { databaseId: number; url: string },
    found: z.infer<typeof commit> | undefined,
    where: string,
  ): RealmFile {
    const place = { forge: this.#forge, repository: this.#repository, at: where };
    if (found === undefined) throw noRealm(place);
    const text = realmText(found.file?.object ?? undefined, place);
    return { text, commit: found.oid, repositoryId, link: `${url}/blob/${found.oid}/${REALM_PATH}` };
  }
}

interface Place {
  readonly forge: Forge;
  readonly repository: Repository;
  /** In words. */
  readonly at: string;
}

/** The whole text of realm.yaml, or a failure: GitHub cuts long blobs off. */
export function realmText(blob: z.infer<typeof blobWithText> | undefined, place: Place): string {
  if (blob === null || blob === undefined) throw noRealm(place);
  if (typeof blob.text === "string" && blob.isTruncated === false) return blob.text;
  throw unavailable(
    `forge ${place.forge.host}`,
    `${REALM_PATH} at ${place.at} is no text, or too long to be shown whole`,
  );
}

const noRealm = ({ repository: { owner, repo }, at }: Place): Failure =>
  new Failure("refused", `repository ${owner}/${repo} has no ${REALM_PATH} at ${at}`, {
    hint: "warren init",
  });
