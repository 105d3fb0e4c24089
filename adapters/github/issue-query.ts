import * as z from "zod";
import { unavailable } from "../../core/failure.ts";
import { actor, instant, WHO } from "./accounts.ts";
import type { Repository } from "./client.ts";
import type { Forge } from "./forge.ts";

const QUERY = `
  query ($owner: String!, $repo: String!, $number: Int!, $edits: String, $events: String, $comments: String) {
    repository(owner: $owner, name: $repo) {
      databaseId
      issue(number: $number) {
        number title body createdAt state lastEditedAt
        stateReason(enableDuplicate: true)
        author { ...who }
        editor { ...who }
        labels(first: 100) { nodes { name } }
        userContentEdits(first: 100, after: $edits) {
          nodes { editedAt editor { ...who } }
          pageInfo { hasNextPage endCursor }
        }
        timelineItems(first: 100, after: $events, itemTypes: [RENAMED_TITLE_EVENT, TRANSFERRED_EVENT]) {
          nodes {
            __typename
            ... on RenamedTitleEvent { createdAt actor { ...who } }
            ... on TransferredEvent { createdAt actor { ...who } }
          }
          pageInfo { hasNextPage endCursor }
        }
        comments(first: 100, after: $comments) {
          nodes { fullDatabaseId body createdAt lastEditedAt includesCreatedEdit viewerDidAuthor author { ...who } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
  ${WHO}`;

/** A hundred a page: a longer history than this is somebody's attack, and each page costs a request. */
const MOST_PAGES = 5;
export const MOST_ENTRIES = MOST_PAGES * 100;

const listOf = <T extends z.ZodType>(node: T) =>
  z.object({
    nodes: z.array(node),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
  });

const page = z.object({
  number: z.number(),
  title: z.string(),
  body: z.string(),
  createdAt: instant,
  state: z.enum(["OPEN", "CLOSED"]),
  stateReason: z.string().nullish(),
  lastEditedAt: instant.nullable(),
  author: actor,
  editor: actor,
  labels: z.object({ nodes: z.array(z.object({ name: z.string() })) }).nullable(),
  userContentEdits: listOf(z.object({ editedAt: instant, editor: actor })).nullable(),
  timelineItems: listOf(
    z.object({ __typename: z.enum(["RenamedTitleEvent", "TransferredEvent"]), createdAt: instant, actor }),
  ),
  comments: listOf(
    z.object({
      // BigInt travels as text: comment ids have outgrown GraphQL's Int.
      fullDatabaseId: z.union([z.string().regex(/^\d+$/), z.number()]).transform(Number),
      body: z.string(),
      createdAt: instant,
      lastEditedAt: instant.nullable(),
      includesCreatedEdit: z.boolean(),
      viewerDidAuthor: z.boolean(),
      author: actor,
    }),
  ),
});
const answer = z.object({
  repository: z.object({ databaseId: z.number(), issue: page.nullable() }),
});

type Page = z.infer<typeof page>;

/** An issue as GraphQL shows it, all pages of its lists put together. */
export interface IssueContent extends Omit<Page, "userContentEdits" | "timelineItems" | "comments"> {
  readonly repositoryId: number;
  /** Of the body, the newest first. */
  readonly edits: NonNullable<Page["userContentEdits"]>["nodes"];
  readonly events: Page["timelineItems"]["nodes"];
  readonly comments: Page["comments"]["nodes"];
  /** Some list is longer than `MOST_ENTRIES`, and was read no further. */
  readonly endless: boolean;
}

/** Undefined if there is no such issue; a pull request is none. */
export async function queryIssue(
  forge: Forge,
  repository: Repository,
  number: number,
): Promise<IssueContent | undefined> {
  const first = await queryPage(forge, repository, number, {});
  if (first === undefined) return undefined;
  const { userContentEdits, timelineItems, comments, ...content } = first.issue;
  let endless = false;
  const edits = await rest(
    userContentEdits ?? EMPTY,
    "edits",
    ({ userContentEdits }) => userContentEdits ?? EMPTY,
  );
  const events = await rest(timelineItems, "events", ({ timelineItems }) => timelineItems);
  const all = await rest(comments, "comments", ({ comments }) => comments);
  return { ...content, repositoryId: first.repositoryId, edits, events, comments: all, endless };

  /** What follows on a list's first page; `cursor` is the query's variable for it. */
  async function rest<T>(start: List<T>, cursor: string, listOn: (page: Page) => List<T>): Promise<T[]> {
    const nodes = [...start.nodes];
    let { hasNextPage, endCursor } = start.pageInfo;
    for (let pages = 1; hasNextPage; pages += 1) {
      if (pages >= MOST_PAGES) {
        endless = true;
        return nodes;
      }
      const next = await queryPage(forge, repository, number, { [cursor]: endCursor });
      if (next === undefined)
        throw unavailable(`forge ${forge.host}`, `issue ${number} went away while it was read`);
      const list = listOn(next.issue);
      nodes.push(...list.nodes);
      ({ hasNextPage, endCursor } = list.pageInfo);
    }
    return nodes;
  }
}

interface List<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null | undefined };
}

const EMPTY: List<never> = { nodes: [], pageInfo: { hasNextPage: false } };

async function queryPage(
  forge: Forge,
  repository: Repository,
  number: number,
  cursors: Record<string, unknown>,
) {
  const read = await forge.findBy("repository.issue", QUERY, { ...repository, number, ...cursors }, answer);
  const issue = read?.repository.issue ?? undefined;
  if (read === undefined || issue === undefined) return undefined;
  return { issue, repositoryId: read.repository.databaseId };
}
