import * as z from "zod";
import { Failure } from "../../core/failure.ts";
import type { Heads, RealmHeads } from "../../core/ports/realm.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";
import { DRIFT_LABEL, isNotice } from "./notices.ts";
import { blobWithText, REALM_PATH, realmText } from "./realm-source.ts";

/** Whoever may not read issues gets an error for asking, and no answer to the rest. */
const heads = (notices: boolean): string => `
  query ($owner: String!, $repo: String!) {
    repository(owner: $owner, name: $repo) {
      databaseId
      url
      defaultBranchRef {
        name
        target {
          ... on Commit {
            history(first: 1, path: "${REALM_PATH}") { nodes { oid } }
            file(path: "${REALM_PATH}") { object { ... on Blob { text isTruncated } } }
          }
        }
      }
      registry: ref(qualifiedName: "refs/heads/registry") { target { oid } }
      ${notices ? ISSUES : ""}
    }
  }`;
const ISSUES = `issues(first: 20, states: [OPEN], labels: ["${DRIFT_LABEL}"], orderBy: { field: CREATED_AT, direction: ASC }) {
        nodes { number body viewerDidAuthor author { __typename } }
      }`;

const oid = z.string().regex(/^[0-9a-f]{40}$/);
const answer = z.object({
  repository: z.object({
    databaseId: z.number(),
    url: z.string(),
    defaultBranchRef: z
      .object({
        name: z.string(),
        target: z.object({
          history: z.object({ nodes: z.array(z.object({ oid })) }),
          file: z.object({ object: blobWithText }).nullable(),
        }),
      })
      .nullable(),
    registry: z.object({ target: z.object({ oid }) }).nullable(),
    issues: z
      .object({
        nodes: z.array(
          z.object({
            number: z.number(),
            body: z.string(),
            viewerDidAuthor: z.boolean(),
            author: z.object({ __typename: z.string() }).nullable(),
          }),
        ),
      })
      .optional(),
  }),
});

export interface HeadsOptions {
  /** Whether to look for our open issues about drift; needs `issues: read`. */
  readonly notices: boolean;
}

/** realm.yaml, the commit that last touched it, the registry's head and our open notices: one request. */
export class GitHubHeads implements Heads {
  readonly #forge: Forge;
  readonly #repository: Repository;
  readonly #query: string;

  constructor(client: ForgeClient, repository: Repository, { notices }: HeadsOptions) {
    this.#forge = new Forge(client);
    this.#repository = repository;
    this.#query = heads(notices);
  }

  async read(): Promise<RealmHeads> {
    const { repository } = await this.#forge.query(this.#query, { ...this.#repository }, answer);
    const { databaseId: repositoryId, url, defaultBranchRef: branch, registry, issues } = repository;
    const commit = branch?.target.history.nodes[0]?.oid;
    const where = { forge: this.#forge, repository: this.#repository, at: "its default branch" };
    const text = realmText(branch?.target.file?.object ?? undefined, where);
    if (branch === null || commit === undefined) {
      throw new Failure(
        "unavailable",
        `forge ${this.#forge.host} shows no commit that touched ${REALM_PATH}`,
      );
    }
    return {
      realm: { text, commit, repositoryId, link: `${url}/blob/${commit}/${REALM_PATH}` },
      defaultBranch: branch.name,
      registry: registry?.target.oid,
      notices: (issues?.nodes ?? []).filter(isNotice).map(({ number, body }) => ({ number, body })),
    };
  }
}
