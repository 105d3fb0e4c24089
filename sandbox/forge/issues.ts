import type { Account } from "./accounts.ts";
import { type Actor, accountOf, appOf } from "./actor.ts";
import { EditedText } from "./edited-text.ts";
import { eventOf } from "./events.ts";
import type { Issue, PullRequest, StateReason } from "./issue.ts";
import type { Labels } from "./labels.ts";
import { demand, may, mayChange, OPEN_ISSUES, READ_ISSUES, refusalFor, TRIAGE_ISSUES } from "./permission.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import type { Repository } from "./repository.ts";
import type { Surroundings } from "./surroundings.ts";

export interface NewIssue {
  readonly title: string;
  readonly body?: string;
  readonly labels?: readonly string[];
}

export interface IssueChange {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  readonly state?: "open" | "closed" | undefined;
  readonly stateReason?: StateReason | null | undefined;
  readonly labels?: readonly string[] | undefined;
}

const LONGEST_TITLE = 256;
const LONGEST_BODY = 65_536;

/** What stands where an issue was: nothing, or the way to its new place. */
type Gone = { readonly kind: "deleted" } | { readonly kind: "moved"; readonly to: Issue };

/** A repository's issues, and who may do what to them. */
export class Issues {
  readonly #repository: Repository;
  readonly #labels: Labels;
  readonly #around: Surroundings;
  readonly #all: Map<number, Issue>;
  readonly #gone = new Map<number, Gone>();
  #next = 1;

  constructor(
    repository: Repository,
    labels: Labels,
    around: Surroundings,
    held: ReadonlyMap<number, Issue> = new Map(),
  ) {
    this.#all = new Map(held);
    this.#repository = repository;
    this.#labels = labels;
    this.#around = around;
  }

  list(actor: Actor): readonly Issue[] {
    demand(actor, this.#repository, READ_ISSUES);
    return [...this.#all.values()];
  }

  get(actor: Actor, number: number): Issue {
    demand(actor, this.#repository, READ_ISSUES);
    const issue = this.#all.get(number);
    if (issue !== undefined) return issue;
    if (this.#gone.get(number)?.kind === "deleted") throw new Refusal(410, "This issue was deleted");
    throw notFound();
  }

  /** Where an issue of this number went, if it was transferred. */
  movedTo(number: number): Issue | undefined {
    const gone = this.#gone.get(number);
    return gone?.kind === "moved" ? gone.to : undefined;
  }

  /** Labels are silently left out for those who may not set any, as GitHub does. */
  open(actor: Actor, fresh: NewIssue, pull: PullRequest | null = null): Issue {
    demand(actor, this.#repository, OPEN_ISSUES);
    const issue = this.#make(signedIn(actor), { ...fresh, via: appOf(actor), pull });
    const event = { repository: this.#repository, sender: issue.author, issue, action: "opened" } as const;
    this.#around.emit({ ...event, name: eventOf(issue) });
    if (fresh.labels !== undefined && may(actor, this.#repository, TRIAGE_ISSUES)) {
      this.#labels.set(actor, issue, fresh.labels);
    }
    return issue;
  }

  change(actor: Actor, number: number, change: IssueChange): Issue {
    const issue = this.get(actor, number);
    if (!mayChange(actor, this.#repository, issue.author, TRIAGE_ISSUES)) {
      throw refusalFor(actor, this.#repository);
    }
    this.#checkText(change.title ?? issue.title, change.body ?? "");
    const sender = signedIn(actor);
    this.#rewrite(issue, sender, change);
    if (change.labels !== undefined && may(actor, this.#repository, TRIAGE_ISSUES)) {
      this.#labels.set(actor, issue, change.labels);
    }
    if (change.state !== undefined) this.#setState(actor, issue, change.state, change.stateReason);
    return issue;
  }

  /** Erases what the newest version but `back` said; its editor and its time stay. */
  eraseEdit(actor: Actor, number: number, back = 0): void {
    const issue = this.get(actor, number);
    if (!mayChange(actor, this.#repository, issue.author, TRIAGE_ISSUES)) {
      throw refusalFor(actor, this.#repository);
    }
    const edit = issue.text.edits[back];
    if (edit === undefined) throw notFound();
    issue.text.erase(edit, signedIn(actor), this.#around.now());
  }

  delete(actor: Actor, number: number): void {
    const issue = this.get(actor, number);
    demand(actor, this.#repository, { role: "admin", scope: "administration", level: "write" });
    this.#all.delete(number);
    this.#gone.set(number, { kind: "deleted" });
    const event = { name: "issues", action: "deleted", repository: this.#repository, issue } as const;
    this.#around.emit({ ...event, sender: signedIn(actor) });
  }

  /** Takes over an issue from another repository: a new number, the same author, dates and comments. */
  receive(actor: Actor, old: Issue): Issue {
    const sender = signedIn(actor);
    const { title, author, via } = old;
    const issue = this.#make(author, {
      title,
      body: old.text.body,
      via,
      pull: null,
      createdAt: old.createdAt,
    });
    issue.state = old.state;
    issue.stateReason = old.stateReason;
    issue.comments.push(...old.comments.map((comment) => ({ ...comment, issue })));
    issue.timeline.push(...old.timeline, {
      kind: "transferred",
      id: this.#around.ids.next(),
      actor: sender,
      at: this.#around.now(),
      from: old.repository,
    });
    const event = { name: "issues", action: "opened", repository: this.#repository, issue } as const;
    this.#around.emit({ ...event, sender, movedFrom: old });
    return issue;
  }

  /** Gives an issue up to another repository. */
  release(actor: Actor, old: Issue, to: Issue): void {
    this.#all.delete(old.number);
    this.#gone.set(old.number, { kind: "moved", to });
    const event = { name: "issues", action: "transferred", repository: this.#repository } as const;
    this.#around.emit({ ...event, issue: old, sender: signedIn(actor), movedTo: to });
  }

  #make(
    author: Account,
    fresh: NewIssue & Pick<Issue, "via" | "pull"> & { readonly createdAt?: Date },
  ): Issue {
    const body = fresh.body ?? "";
    if (fresh.title.trim() === "") throw invalid("Issue", "title", "missing_field");
    this.#checkText(fresh.title, body);
    const { now, ids } = this.#around;
    const createdAt = fresh.createdAt ?? now();
    const issue: Issue = {
      id: ids.next(),
      number: this.#next,
      repository: this.#repository,
      author,
      via: fresh.via,
      text: new EditedText(body, author, createdAt, () => ids.next()),
      createdAt,
      comments: [],
      timeline: [],
      title: fresh.title,
      state: "open",
      stateReason: null,
      labels: [],
      updatedAt: now(),
      closedAt: null,
      closedBy: null,
      pull: fresh.pull,
    };
    this.#next += 1;
    this.#all.set(issue.number, issue);
    return issue;
  }

  #checkText(title: string, body: string): void {
    if (title.length > LONGEST_TITLE) {
      throw invalid("Issue", "title", "custom", `title is too long (maximum is ${LONGEST_TITLE} characters)`);
    }
    if (body.length > LONGEST_BODY) {
      throw invalid("Issue", "body", "custom", `body is too long (maximum is ${LONGEST_BODY} characters)`);
    }
  }

  #rewrite(issue: Issue, editor: Account, { title, body }: IssueChange): void {
    const at = this.#around.now();
    const [oldTitle, oldBody] = [issue.title, issue.text.body];
    const renamed = title !== undefined && title !== oldTitle;
    const reworded = body !== undefined && body !== oldBody;
    if (renamed) {
      const titles = { previousTitle: oldTitle, currentTitle: title };
      issue.timeline.push({ kind: "renamed", id: this.#around.ids.next(), actor: editor, at, ...titles });
      issue.title = title;
    }
    if (reworded) issue.text.rewrite(body, editor, at);
    if (!renamed && !reworded) return;
    issue.updatedAt = at;
    const changes = {
      ...(renamed ? { title: { from: oldTitle } } : {}),
      ...(reworded ? { body: { from: oldBody } } : {}),
    };
    const event = { action: "edited", repository: this.#repository, issue } as const;
    this.#around.emit({ ...event, name: eventOf(issue), sender: editor, changes });
  }

  #setState(
    actor: Actor,
    issue: Issue,
    state: "open" | "closed",
    reason: StateReason | null | undefined,
  ): void {
    if (issue.state === state) {
      if (state === "closed" && reason !== undefined && reason !== null) issue.stateReason = reason;
      return;
    }
    const sender = signedIn(actor);
    const at = this.#around.now();
    const staff = may(actor, this.#repository, TRIAGE_ISSUES);
    if (state === "open" && !staff && issue.closedBy !== accountOf(actor)) {
      throw refusalFor(actor, this.#repository);
    }
    issue.state = state;
    issue.stateReason = state === "open" ? "reopened" : (reason ?? "completed");
    issue.closedAt = state === "open" ? null : at;
    issue.closedBy = state === "open" ? null : sender;
    issue.updatedAt = at;
    const action = state === "open" ? "reopened" : "closed";
    this.#around.emit({ name: eventOf(issue), action, repository: this.#repository, sender, issue });
  }
}

/** The account behind an actor whom `demand` has let write. */
export function signedIn(actor: Actor): Account {
  const account = accountOf(actor);
  if (account === undefined) throw new Refusal(401, "Requires authentication");
  return account;
}
