import { z } from "zod";
import type { Answer, Inbox } from "../../core/ports.ts";
import type { Account, Comment, Edit, Issue } from "../../core/submission/issue.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import type { Instant } from "../../core/time.ts";
import { accountOf, isBot } from "./accounts.ts";
import { Answering, type Face, listComments, oursAmong, type RestComment, type Self } from "./answering.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";
import { type IssueContent, queryIssue } from "./issue-query.ts";

/** REST alone says which app made an issue. */
const restIssue = z.object({ performed_via_github_app: z.object({ id: z.number() }).nullish() });

const listedIssue = z.object({
  number: z.number(),
  title: z.string(),
  user: z.object({ id: z.number() }).nullable(),
});

const NUMBERS = `
  query ($owner: String!, $repo: String!, $since: DateTime, $after: String) {
    repository(owner: $owner, name: $repo) {
      issues(first: 100, after: $after, orderBy: { field: UPDATED_AT, direction: ASC }, filterBy: { since: $since }) {
        nodes { number }
        pageInfo { hasNextPage endCursor }
      }
    }
  }`;
const numbers = z.object({
  repository: z.object({
    issues: z.object({
      nodes: z.array(z.object({ number: z.number() })),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
    }),
  }),
});

/** How many issues' faces are remembered between `read` and `answer`. */
const MOST_FACES = 1000;

/** A repository's issues, read and answered as the bot. */
export class GitHubInbox implements Inbox {
  readonly #forge: Forge;
  readonly #repository: Repository;
  readonly #self: Self;
  readonly #answering: Answering;
  /** As last read, so that an answer that changes nothing asks nothing. Used once: it ages. */
  readonly #faces = new Map<number, Face>();

  constructor(client: ForgeClient, repository: Repository, { self }: { self: Self }) {
    this.#forge = new Forge(client);
    this.#repository = repository;
    this.#self = self;
    this.#answering = new Answering(this.#forge, repository, self);
  }

  async read(number: number): Promise<Issue | undefined> {
    const content = await queryIssue(this.#forge, this.#repository, number);
    if (content === undefined) return undefined;
    const route = "GET /repos/{owner}/{repo}/issues/{issue_number}";
    const made = await this.#forge.find(route, { ...this.#repository, issue_number: number }, restIssue);
    if (made === undefined) return undefined;
    const comments =
      content.comments.length === 0 ? [] : await listComments(this.#forge, this.#repository, number);
    this.#remember(number, faceOf(content, oursAmong(comments, this.#self)));
    return issueOf(content, isApp(made) || isBot(content.author), comments);
  }

  /** Each number once, though answering an issue updates it: what people do meanwhile, the next sweep finds. */
  async *updatedSince(since: Instant | undefined): AsyncIterable<number> {
    const seen = new Set<number>();
    let more = true;
    for (let after: string | undefined; more; ) {
      const { nodes, pageInfo } = await this.#numbersAfter(since, after);
      for (const { number } of nodes) {
        if (seen.has(number)) continue;
        seen.add(number);
        yield number;
      }
      more = pageInfo.hasNextPage;
      after = pageInfo.endCursor ?? undefined;
    }
  }

  /** By login, which GitHub resolves at this moment, and then by id: what a login's earlier holder opened isn't theirs. */
  async openBefore(author: Account, issue: number): Promise<number> {
    const route = "GET /repos/{owner}/{repo}/issues";
    const query = { creator: author.login, state: "open", sort: "created", direction: "asc", per_page: 100 };
    const listed = await this.#forge.get(route, { ...this.#repository, ...query }, z.array(listedIssue));
    return listed.filter(
      ({ number, title, user }) =>
        number < issue && user?.id === author.id && readSubmission(title, "").kind !== "none",
    ).length;
  }

  async answer(issue: number, answer: Answer): Promise<void> {
    const face = this.#faces.get(issue) ?? (await this.#readFace(issue));
    this.#faces.delete(issue);
    if (face !== undefined) await this.#answering.show(issue, face, answer);
  }

  async #numbersAfter(since: Instant | undefined, after: string | undefined) {
    const variables = { ...this.#repository, since: since ?? null, after: after ?? null };
    return (await this.#forge.query(NUMBERS, variables, numbers)).repository.issues;
  }

  async #readFace(issue: number): Promise<Face | undefined> {
    await this.read(issue);
    return this.#faces.get(issue);
  }

  #remember(issue: number, face: Face): void {
    this.#faces.delete(issue);
    this.#faces.set(issue, face);
    const [oldest] = this.#faces.keys();
    if (this.#faces.size > MOST_FACES && oldest !== undefined) this.#faces.delete(oldest);
  }
}

const isApp = ({ performed_via_github_app: app }: z.infer<typeof restIssue>): boolean =>
  app !== null && app !== undefined;

function faceOf({ state, stateReason, labels }: IssueContent, comments: readonly RestComment[]): Face {
  const closed =
    stateReason === "NOT_PLANNED" ? "not_planned" : stateReason === "COMPLETED" ? "completed" : "other";
  return {
    state: state === "OPEN" ? "open" : closed,
    labels: labels?.nodes.map(({ name }) => name) ?? [],
    comments,
  };
}

function issueOf(content: IssueContent, viaApp: boolean, rest: readonly RestComment[]): Issue {
  const apps = new Map(rest.map((comment) => [comment.id, isApp(comment)]));
  const comments = content.comments.flatMap(({ fullDatabaseId: id, author, ...comment }): Comment[] => {
    const app = apps.get(id);
    // Deleted between the two reads: a comment that is gone says nothing.
    if (app === undefined) return [];
    return [
      {
        id,
        author: accountOf(author),
        body: comment.body,
        createdAt: comment.createdAt,
        edited: comment.lastEditedAt !== null || comment.includesCreatedEdit,
        viaApp: app || isBot(author),
      },
    ];
  });
  return {
    repositoryId: content.repositoryId,
    number: content.number,
    author: accountOf(content.author),
    title: content.title,
    body: content.body,
    createdAt: content.createdAt,
    open: content.state === "OPEN",
    viaApp,
    history: { kind: "known", edits: editsOf(content) },
    comments,
  };
}

/** Every trace of a change to the text, the oldest first. */
function editsOf({ edits, events, editor, lastEditedAt, createdAt, author }: IssueContent): readonly Edit[] {
  const byAuthor = accountOf(author)?.id;
  const found = edits.map(
    ({ editedAt, editor: by }): Edit => ({ what: "body", editor: accountOf(by), at: editedAt }),
  );
  // GitHub keeps the first version as an edit of its own, once there is a second.
  const changes = found.filter(({ at, editor: by }) => at !== createdAt || by?.id !== byAuthor);
  if (lastEditedAt !== null && !changes.some(({ at }) => at === lastEditedAt)) {
    changes.push({ what: "body", editor: accountOf(editor), at: lastEditedAt });
  }
  for (const { __typename, createdAt: at, actor } of events) {
    const what = __typename === "RenamedTitleEvent" ? "title" : "transfer";
    changes.push({ what, editor: accountOf(actor), at });
  }
  return changes.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
