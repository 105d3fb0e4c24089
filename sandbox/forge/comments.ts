import { type Actor, appOf } from "./actor.ts";
import { EditedText } from "./edited-text.ts";
import type { Comment, EditChanges } from "./issue.ts";
import { type Issues, signedIn } from "./issues.ts";
import { demand, mayChange, OPEN_ISSUES, READ_ISSUES, refusalFor, WRITE_ISSUES } from "./permission.ts";
import { invalid, notFound } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Surroundings } from "./surroundings.ts";

const LONGEST_BODY = 65_536;

/** The comments on a repository's issues. Authors change their own, writers anybody's; triage changes none. */
export class Comments {
  readonly #repository: Repository;
  readonly #issues: Issues;
  readonly #around: Surroundings;

  constructor(repository: Repository, issues: Issues, around: Surroundings) {
    this.#repository = repository;
    this.#issues = issues;
    this.#around = around;
  }

  list(actor: Actor, issue: number): readonly Comment[] {
    return this.#issues.get(actor, issue).comments;
  }

  /** Of all issues, the oldest first. */
  all(actor: Actor): readonly Comment[] {
    const all = this.#issues.list(actor).flatMap(({ comments }) => comments);
    return all.sort((a, b) => a.id - b.id);
  }

  get(actor: Actor, id: number): Comment {
    demand(actor, this.#repository, READ_ISSUES);
    for (const issue of this.#issues.list(actor)) {
      const comment = issue.comments.find((other) => other.id === id);
      if (comment !== undefined) return comment;
    }
    throw notFound();
  }

  create(actor: Actor, number: number, body: string): Comment {
    const issue = this.#issues.get(actor, number);
    demand(actor, this.#repository, OPEN_ISSUES);
    checkBody(body);
    const author = signedIn(actor);
    const createdAt = this.#around.now();
    const nextId = () => this.#around.ids.next();
    const text = new EditedText(body, author, createdAt, nextId);
    const via = appOf(actor);
    const comment: Comment = { id: nextId(), issue, author, via, text, createdAt, updatedAt: createdAt };
    issue.comments.push(comment);
    this.#tell(actor, comment, "created");
    return comment;
  }

  edit(actor: Actor, id: number, body: string): Comment {
    const comment = this.#changeable(actor, id);
    checkBody(body);
    const from = comment.text.body;
    if (from === body) return comment;
    comment.updatedAt = this.#around.now();
    comment.text.rewrite(body, signedIn(actor), comment.updatedAt);
    this.#tell(actor, comment, "edited", { body: { from } });
    return comment;
  }

  delete(actor: Actor, id: number): void {
    const comment = this.#changeable(actor, id);
    const { comments } = comment.issue;
    comments.splice(comments.indexOf(comment), 1);
    this.#tell(actor, comment, "deleted");
  }

  #changeable(actor: Actor, id: number): Comment {
    const comment = this.get(actor, id);
    if (mayChange(actor, this.#repository, comment.author, WRITE_ISSUES)) return comment;
    throw refusalFor(actor, this.#repository);
  }

  #tell(
    actor: Actor,
    comment: Comment,
    action: "created" | "edited" | "deleted",
    changes?: EditChanges,
  ): void {
    comment.issue.updatedAt = this.#around.now();
    const event = { name: "issue_comment", action, repository: this.#repository, comment } as const;
    this.#around.emit({ ...event, sender: signedIn(actor), ...(changes === undefined ? {} : { changes }) });
  }
}

function checkBody(body: string): void {
  if (body.trim() === "") throw invalid("IssueComment", "body", "custom", "body can't be blank");
  if (body.length > LONGEST_BODY) {
    const message = `body is too long (maximum is ${LONGEST_BODY} characters)`;
    throw invalid("IssueComment", "body", "custom", message);
  }
}
