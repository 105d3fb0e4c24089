import * as z from "zod";
import { Failure, unavailable } from "../../core/failure.ts";
import type { RealmFile, RealmSource } from "../../core/ports.ts";
import type { CommitId } from "../../core/registry/record.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";

const PATH = "realm.yaml";

const COMMIT = `
  fragment realm on Commit {
    oid
    file(path: "${PATH}") { object { ... on Blob { text isTruncated } } }
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

const commit = z.object({
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  file: z
    .object({
      object: z.object({ text: z.string().nullish(), isTruncated: z.boolean().optional() }).nullable(),
    })
    .nullable(),
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

  #fileOf(
    { databaseId: repositoryId, url }: { databaseId: number; url: string },
    found: z.infer<typeof commit> | undefined,
    where: string,
  ): RealmFile {
    const { owner, repo } = this.#repository;
    const blob = found?.file?.object;
    if (found === undefined || blob === null || blob === undefined) {
      throw new Failure("refused", `repository ${owner}/${repo} has no ${PATH} at ${where}`, {
        hint: "warren init",
      });
    }
    if (typeof blob.text !== "string" || blob.isTruncated !== false) {
      throw unavailable(
        `forge ${this.#forge.host}`,
        `${PATH} at ${where} is no text, or too long to be shown whole`,
      );
    }
    return { text: blob.text, commit: found.oid, repositoryId, link: `${url}/blob/${found.oid}/${PATH}` };
  }
}
