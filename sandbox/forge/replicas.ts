import type { ForgeEvent } from "./events.ts";
import type { Oid } from "./git-objects.ts";
import type { HostedRepository } from "./hosted-repository.ts";
import type { Issue } from "./issue.ts";
import type { Moment } from "./moment.ts";

/** After a change: its issue as it was then, undefined if it was gone; and all refs. */
interface Change {
  readonly at: number;
  readonly number: number | undefined;
  readonly issue: Issue | undefined;
  readonly refs: ReadonlyMap<string, Oid>;
}

/** Remembers how repositories looked lately, as replicas that lag behind still show them. */
export class Replicas {
  readonly #oldestMs: number;
  readonly #now: () => Date;
  readonly #pasts = new Map<number, { base: Moment; readonly changes: Change[] }>();

  constructor(repositories: readonly HostedRepository[], oldestMs: number, now: () => Date) {
    this.#oldestMs = oldestMs;
    this.#now = now;
    for (const repository of repositories) {
      const owner = { kind: "person", account: repository.owner } as const;
      const issues = new Map(repository.issues.list(owner).map((issue) => [issue.number, copied(issue)]));
      this.#pasts.set(repository.id, { base: { issues, refs: new Map(repository.git.refs()) }, changes: [] });
    }
  }

  note(event: ForgeEvent): void {
    const past = this.#pasts.get(event.repository.id);
    if (past === undefined) return;
    const at = this.#now().getTime();
    const issue = issueIn(event);
    const isGone = event.name === "issues" && ["deleted", "transferred"].includes(event.action);
    past.changes.push({
      at,
      number: issue?.number,
      issue: issue === undefined || isGone ? undefined : copied(issue),
      refs: new Map(event.repository.git.refs()),
    });
    const old = past.changes.findIndex((change) => change.at > at - this.#oldestMs);
    past.base = after(past.base, past.changes.splice(0, Math.max(0, old)));
  }

  /** The repository as it was so many milliseconds ago, to be read only. */
  seen(repository: HostedRepository, agoMs: number): HostedRepository {
    const past = this.#pasts.get(repository.id);
    if (past === undefined) return repository;
    const at = this.#now().getTime() - agoMs;
    const before = past.changes.filter((change) => change.at <= at);
    return before.length === past.changes.length ? repository : repository.asOf(after(past.base, before));
  }
}

function after(base: Moment, changes: readonly Change[]): Moment {
  if (changes.length === 0) return base;
  const issues = new Map(base.issues);
  for (const { number, issue } of changes) {
    if (number === undefined) continue;
    if (issue === undefined) issues.delete(number);
    else issues.set(number, issue);
  }
  return { issues, refs: changes.at(-1)?.refs ?? base.refs };
}

function issueIn(event: ForgeEvent): Issue | undefined {
  if (event.name === "issue_comment") return event.comment.issue;
  return event.name === "issues" || event.name === "pull_request" ? event.issue : undefined;
}

function copied(issue: Issue): Issue {
  const comments: Issue["comments"] = [];
  const pull = issue.pull && { ...issue.pull };
  const { labels, timeline, text } = issue;
  const copy: Issue = {
    ...issue,
    text: text.copy(),
    comments,
    pull,
    labels: [...labels],
    timeline: [...timeline],
  };
  comments.push(...issue.comments.map((one) => ({ ...one, text: one.text.copy(), issue: copy })));
  return copy;
}
