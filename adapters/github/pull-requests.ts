import { isUtf8 } from "node:buffer";
import * as z from "zod";
import type { PullRequest, PullRequests, RealmVersion } from "../../core/ports/pull-requests.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";
import { realmsAt } from "./pull-heads.ts";
import { REALM_PATH } from "./realm-source.ts";

/** Nobody but the realm's reader says what a valid one may hold; what is longer than this isn't even fetched. */
const MOST_BYTES = 512 * 1024;
const MOST_PULLS = 300;

const FOUND = `
  fragment found on Commit {
    oid
    file(path: "${REALM_PATH}") { oid object { __typename ... on Blob { byteSize isBinary } } }
  }`;
const SIDES = `
  query ($owner: String!, $repo: String!, $head: GitObjectID!, $start: GitObjectID!, $base: GitObjectID!) {
    repository(owner: $owner, name: $repo) {
      databaseId
      url
      head: object(oid: $head) { ...found }
      start: object(oid: $start) { ...found }
      base: object(oid: $base) { ...found }
    }
  }
  ${FOUND}`;
const BASE = `
  query ($owner: String!, $repo: String!) {
    repository(owner: $owner, name: $repo) {
      defaultBranchRef { name target { oid ... on Commit { file(path: "${REALM_PATH}") { oid } } } }
    }
  }`;

const oid = z.string().regex(/^[0-9a-f]{40}$/);
const found = z.object({
  oid,
  file: z
    .object({
      oid,
      object: z.object({ byteSize: z.number().optional(), isBinary: z.boolean().nullish() }).nullable(),
    })
    .nullable(),
});
const sides = z.object({
  repository: z.object({ databaseId: z.number(), url: z.string(), head: found, start: found, base: found }),
});
const base = z.object({
  repository: z.object({
    defaultBranchRef: z.object({
      name: z.string(),
      target: z.object({ oid, file: z.object({ oid }).nullable() }),
    }),
  }),
});
const pull = z.object({
  number: z.number(),
  state: z.enum(["open", "closed"]),
  head: z.object({ sha: oid }),
  base: z.object({ ref: z.string() }),
});
const comparison = z.object({ merge_base_commit: z.object({ sha: oid }) });
const blob = z.object({ content: z.string(), encoding: z.literal("base64") });

/**
 * Pull requests and their realm.yaml, by the base repository alone: it shows the commits of forks too. Everything is
 * asked for by commit, so that what is read belongs together.
 */
export class GitHubPullRequests implements PullRequests {
  readonly #forge: Forge;
  readonly #repository: Repository;

  constructor(client: ForgeClient, repository: Repository) {
    this.#forge = new Forge(client);
    this.#repository = repository;
  }

  async read(number: number): Promise<PullRequest | undefined> {
    const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
    const said = await this.#forge.find(route, { ...this.#repository, pull_number: number }, pull);
    if (said === undefined || said.state === "closed") return undefined;
    const branch = await this.#defaultBranch();
    if (said.base.ref !== branch.name) return undefined;
    const compare = "GET /repos/{owner}/{repo}/compare/{basehead}";
    const basehead = `${branch.target.oid}...${said.head.sha}`;
    // One commit a page: all that is wanted stands beside the list.
    const compared = await this.#forge.get(
      compare,
      { ...this.#repository, basehead, per_page: 1 },
      comparison,
    );
    const commits = { head: said.head.sha, start: compared.merge_base_commit.sha, base: branch.target.oid };
    const { repository } = await this.#forge.query(SIDES, { ...this.#repository, ...commits }, sides);
    const texts = new Map<string, Promise<string | undefined>>();
    const version = (side: z.infer<typeof found>) => this.#version(side, repository.url, texts);
    return {
      number,
      repositoryId: repository.databaseId,
      head: await version(repository.head),
      start: await version(repository.start),
      base: await version(repository.base),
    };
  }

  async touching(): Promise<readonly number[]> {
    const branch = await this.#defaultBranch();
    const route = "GET /repos/{owner}/{repo}/pulls";
    const query = { state: "open", base: branch.name, sort: "updated", direction: "desc", per_page: 100 };
    const open: z.infer<typeof pull>[] = [];
    for (let page = 1; open.length < MOST_PULLS; page += 1) {
      const some = await this.#forge.get(route, { ...this.#repository, ...query, page }, z.array(pull));
      open.push(...some);
      if (some.length < query.per_page) break;
    }
    const here = open.filter(({ base: { ref } }) => ref === branch.name);
    const held = await realmsAt(
      this.#forge,
      this.#repository,
      here.map(({ head }) => head.sha),
    );
    return here.filter((_, index) => held[index] !== branch.target.file?.oid).map(({ number }) => number);
  }

  async #defaultBranch() {
    const read = await this.#forge.query(BASE, { ...this.#repository }, base);
    return read.repository.defaultBranchRef;
  }

  async #version(
    { oid: commit, file }: z.infer<typeof found>,
    url: string,
    texts: Map<string, Promise<string | undefined>>,
  ): Promise<RealmVersion> {
    const at = { commit, link: `${url}/blob/${commit}/${REALM_PATH}` };
    if (file === null) return { ...at, content: { kind: "missing" } };
    const unusable = (why: string): RealmVersion => ({ ...at, content: { kind: "unusable", why } });
    const bytes = file.object?.byteSize;
    if (bytes === undefined) return unusable(`${REALM_PATH} is no file`);
    if (bytes > MOST_BYTES) return unusable(`${REALM_PATH} has ${bytes} bytes; ${MOST_BYTES} at most`);
    if (file.object?.isBinary === true) return unusable(`${REALM_PATH} is no text`);
    const text = texts.get(file.oid) ?? this.#text(file.oid);
    texts.set(file.oid, text);
    const read = await text;
    return read === undefined
      ? unusable(`${REALM_PATH} is no UTF-8`)
      : { ...at, content: { kind: "text", text: read } };
  }

  /** Undefined: it is no UTF-8. */
  async #text(file: string): Promise<string | undefined> {
    const route = "GET /repos/{owner}/{repo}/git/blobs/{file_sha}";
    const { content } = await this.#forge.get(route, { ...this.#repository, file_sha: file }, blob);
    const bytes = Buffer.from(content, "base64");
    return isUtf8(bytes) ? bytes.toString() : undefined;
  }
}
