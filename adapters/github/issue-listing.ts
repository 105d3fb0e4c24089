import * as z from "zod";
import type { ListedIssue, StateLabel } from "../../core/ports/inbox.ts";
import type { Instant } from "../../core/time.ts";
import { accountOf, actor, instant, WHO } from "./accounts.ts";
import type { Repository } from "./client.ts";
import type { Forge } from "./forge.ts";
import { editsOf } from "./issue-edits.ts";
import { isStateLabel } from "./labels.ts";
import { type MarkedContent, markIn, markOf } from "./mark.ts";

/** Longer histories than these are read one by one. */
const CONTENT = `
  fragment content on Issue {
    number title body createdAt state lastEditedAt
    author { ...who }
    editor { ...who }
    labels(first: 20) { nodes { name } pageInfo { hasNextPage } }
    userContentEdits(first: 10) { nodes { editedAt editor { ...who } } pageInfo { hasNextPage } }
    timelineItems(first: 10, itemTypes: [RENAMED_TITLE_EVENT, TRANSFERRED_EVENT]) {
      nodes {
        __typename
        ... on RenamedTitleEvent { createdAt actor { ...who } }
        ... on TransferredEvent { createdAt actor { ...who } }
      }
      pageInfo { hasNextPage }
    }
    comments(first: 10) {
      nodes { fullDatabaseId lastEditedAt viewerDidAuthor body editor { login } author { login } }
      pageInfo { hasNextPage }
    }
  }
  ${WHO}`;
const LISTING = `
  query ($owner: String!, $repo: String!, $since: DateTime, $first: Int!, $after: String) {
    repository(owner: $owner, name: $repo) {
      databaseId
      issues(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: ASC }, filterBy: { since: $since }) {
        nodes { ...content }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
  ${CONTENT}`;
const LATEST = `
  query ($owner: String!, $repo: String!, $state: IssueState!, $labels: [String!], $first: Int!, $after: String) {
    repository(owner: $owner, name: $repo) {
      databaseId
      issues(first: $first, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }, states: [$state], labels: $labels) {
        nodes { ...content }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
  ${CONTENT}`;

const some = <T extends z.ZodType>(node: T) =>
  z.object({ nodes: z.array(node), pageInfo: z.object({ hasNextPage: z.boolean() }) });
const login = z.object({ login: z.string() }).nullable();
const listed = z.object({
  number: z.number(),
  title: z.string(),
  body: z.string(),
  createdAt: instant,
  state: z.enum(["OPEN", "CLOSED"]),
  lastEditedAt: instant.nullable(),
  author: actor,
  editor: actor,
  labels: some(z.object({ name: z.string() })).nullable(),
  userContentEdits: some(z.object({ editedAt: instant, editor: actor })).nullable(),
  timelineItems: some(
    z.object({ __typename: z.enum(["RenamedTitleEvent", "TransferredEvent"]), createdAt: instant, actor }),
  ),
  comments: some(
    z.object({
      fullDatabaseId: z.union([z.string().regex(/^\d+$/), z.number()]).transform(Number),
      lastEditedAt: instant.nullable(),
      viewerDidAuthor: z.boolean(),
      body: z.string(),
      editor: login,
      author: login,
    }),
  ),
});
const page = z.object({
  repository: z.object({
    databaseId: z.number(),
    issues: z.object({
      nodes: z.array(listed),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
    }),
  }),
});

/** Each issue once, though answering one updates it: what people do meanwhile, the next sweep finds. */
export const listIssues = (
  forge: Forge,
  repository: Repository,
  since: Instant | undefined,
): AsyncIterable<ListedIssue> => pages(forge, LISTING, { ...repository, since: since ?? null });

/** Of one state, and of one label if it is given; the latest update first. */
export const latestIssues = (
  forge: Forge,
  repository: Repository,
  state: "OPEN" | "CLOSED",
  label?: StateLabel,
): AsyncIterable<ListedIssue> =>
  pages(forge, LATEST, { ...repository, state, ...(label === undefined ? {} : { labels: [label] }) });

/** Ten comments and a body of 65,536 characters each: a hundred such issues are more than GitHub puts together in time. */
const PAGE_SIZES = [100, 20, 4] as const;

async function* pages(
  forge: Forge,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): AsyncIterable<ListedIssue> {
  const seen = new Set<number>();
  let more = true;
  let sizes: readonly number[] = PAGE_SIZES;
  for (let after: string | undefined; more; ) {
    const [first, ...smaller] = sizes;
    const answer = await forge.queryUnlessTooMuch(query, { ...variables, first, after: after ?? null }, page);
    if (!answer.ok) {
      if (smaller.length === 0) throw answer.refusal;
      sizes = smaller;
      continue;
    }
    const { databaseId, issues } = answer.value.repository;
    for (const node of issues.nodes) {
      if (seen.has(node.number)) continue;
      seen.add(node.number);
      yield listedIssue(node, databaseId);
    }
    more = issues.pageInfo.hasNextPage;
    after = issues.pageInfo.endCursor ?? undefined;
  }
}

function listedIssue(node: z.infer<typeof listed>, repositoryId: number): ListedIssue {
  const { labels, userContentEdits, timelineItems, comments, ...text } = node;
  const content: MarkedContent & Pick<typeof node, "createdAt"> = {
    ...text,
    edits: userContentEdits?.nodes ?? [],
    events: timelineItems.nodes,
    comments: comments.nodes,
  };
  const whole = [labels, userContentEdits, timelineItems, comments].every(
    (list) => list === null || !list.pageInfo.hasNextPage,
  );
  const ours = comments.nodes.filter(({ viewerDidAuthor }) => viewerDidAuthor);
  const [comment] = ours;
  const byUs = ours.every(
    ({ lastEditedAt, editor, author }) =>
      lastEditedAt === null || (editor !== null && editor.login === author?.login),
  );
  const [label, ...doubled] = (labels?.nodes ?? []).map(({ name }) => name).filter(isStateLabel);
  return {
    issue: {
      repositoryId,
      number: node.number,
      author: accountOf(node.author),
      title: node.title,
      body: node.body,
      createdAt: node.createdAt,
      open: node.state === "OPEN",
      viaApp: false,
      history: { kind: "known", edits: editsOf(content) },
      comments: [],
    },
    answeredOn: (basis) =>
      whole &&
      byUs &&
      ours.length === 1 &&
      comment !== undefined &&
      label !== undefined &&
      doubled.length === 0 &&
      markIn(comment.body) === markOf(content, { label, closed: node.state === "CLOSED" }, basis),
  };
}
