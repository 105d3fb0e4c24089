import * as z from "zod";
import type { Answer, Inbox, ListedIssue, Undecided, Upon } from "../../core/ports/inbox.ts";
import { readCommand } from "../../core/submission/commands.ts";
import type { Account, Comment, Issue } from "../../core/submission/issue.ts";
import { readSubmission } from "../../core/submission/submission.ts";
import type { Instant } from "../../core/time.ts";
import { accountOf, isBot } from "./accounts.ts";
import { Answering, type Face, listComments, oursAmong, type RestComment, type Self } from "./answering.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";
import { editsOf } from "./issue-edits.ts";
import { latestIssues, listIssues } from "./issue-listing.ts";
import { type IssueContent, MOST_ENTRIES, queryIssue } from "./issue-query.ts";
import { markOf } from "./mark.ts";

/** REST alone says which app made an issue. */
const restIssue = z.object({ performed_via_github_app: z.object({ id: z.number() }).nullish() });

const listedIssue = z.object({
  number: z.number(),
  title: z.string(),
  user: z.object({ id: z.number() }).nullable(),
});

/** How many issues' faces are remembered between `read` and `answer`. */
const MOST_FACES = 1000;

/** A repository's issues, read and answered as the bot. */
export class GitHubInbox implements Inbox, Undecided {
  readonly #forge: Forge;
  readonly #repository: Repository;
  readonly #self: Self;
  readonly #answering: Answering;
  /** As last read, so that an answer that changes nothing asks nothing. Used once: it ages. */
  readonly #faces = new Map<number, Face>();
  readonly #contents = new WeakMap<Issue, IssueContent>();

  constructor(client: ForgeClient, repository: Repository, { self }: { self: Self }) {
    this.#forge = new Forge(client);
    this.#repository = repository;
    this.#self = self;
    this.#answering = new Answering(this.#forge, repository, self);
  }

  async read(number: number): Promise<Issue | undefined> {
    const found = await queryIssue(this.#forge, this.#repository, number);
    if (found === undefined) return undefined;
    const route = "GET /repos/{owner}/{repo}/issues/{issue_number}";
    const made = await this.#forge.find(route, { ...this.#repository, issue_number: number }, restIssue);
    if (made === undefined) return undefined;
    const talk = isTalk(found);
    const comments = talk ? undefined : await listComments(this.#forge, this.#repository, number);
    // A flood that came between the two reads: which comments are of apps is not known.
    const content = talk || comments !== undefined ? found : { ...found, endless: true };
    const ours = comments === undefined ? oursIn(content) : oursAmong(comments, this.#self);
    const isHidden = content.endless && ours.length === 0;
    this.#remember(number, faceOf(content, isHidden ? undefined : ours));
    const issue = issueOf(content, isApp(made) || isBot(content.author), comments);
    this.#contents.set(issue, content);
    return issue;
  }

  updatedSince(since: Instant | undefined): AsyncIterable<ListedIssue> {
    return listIssues(this.#forge, this.#repository, since);
  }

  /** A refused one is closed, and a sweep lets it in all the same once the rules do. */
  async *undecided(): AsyncIterable<Issue> {
    for await (const { issue } of latestIssues(this.#forge, this.#repository, "OPEN")) yield issue;
    const refused = latestIssues(this.#forge, this.#repository, "CLOSED", "warren: refused");
    for await (const { issue } of refused) yield issue;
  }

  /** By login, which GitHub resolves at this moment, and then by id: what a login's earlier holder opened isn't theirs. */
  async openOf(author: Account): Promise<readonly number[]> {
    const route = "GET /repos/{owner}/{repo}/issues";
    const query = { creator: author.login, state: "open", sort: "created", direction: "asc", per_page: 100 };
    const listed = await this.#forge.get(route, { ...this.#repository, ...query }, z.array(listedIssue));
    return listed
      .filter(({ title, user }) => user?.id === author.id && readSubmission(title, "").kind !== "none")
      .map(({ number }) => number);
  }

  async answer(issue: number, answer: Answer, upon?: Upon): Promise<void> {
    const face = this.#faces.get(issue) ?? (await this.#readFace(issue));
    this.#faces.delete(issue);
    // Of exactly the reading that was decided on: another may have come between.
    const content = upon === undefined ? undefined : this.#contents.get(upon.issue);
    const mark =
      upon === undefined || content === undefined
        ? undefined
        : markOf(content, { label: answer.label, closed: answer.state !== "open" }, upon.basis);
    if (face !== undefined) await this.#answering.show(issue, face, answer, mark);
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

function faceOf({ state, stateReason, labels }: IssueContent, comments: Face["comments"]): Face {
  const closed =
    stateReason === "NOT_PLANNED" ? "not_planned" : stateReason === "COMPLETED" ? "completed" : "other";
  return {
    state: state === "OPEN" ? "open" : closed,
    labels: labels?.nodes.map(({ name }) => name) ?? [],
    comments,
  };
}

/** Nobody commands anything, and our own comment stands there, or nobody is heard: then no comment's app matters. */
const isTalk = ({ comments, endless }: IssueContent): boolean =>
  endless ||
  comments.length === 0 ||
  (comments.some(({ viewerDidAuthor }) => viewerDidAuthor) &&
    comments.every(({ viewerDidAuthor, body }) => viewerDidAuthor || readCommand(body).kind === "none"));

const oursIn = ({ comments }: IssueContent): readonly RestComment[] =>
  comments
    .filter(({ viewerDidAuthor }) => viewerDidAuthor)
    .map(({ fullDatabaseId: id, body }) => ({ id, body, user: null }));

function issueOf(content: IssueContent, viaApp: boolean, rest: readonly RestComment[] | undefined): Issue {
  const apps = new Map(
    rest?.map((comment) => [comment.id, isApp(comment)]) ??
      content.comments.map(({ fullDatabaseId, viewerDidAuthor }) => [fullDatabaseId, viewerDidAuthor]),
  );
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
    ...(content.endless
      ? { history: { kind: "endless", most: MOST_ENTRIES }, comments: [] }
      : { history: { kind: "known", edits: editsOf(content) }, comments }),
  };
}
