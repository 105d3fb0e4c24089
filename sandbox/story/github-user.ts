import { markdownLines } from "../../core/decision/markdown-text.ts";
import { Failure } from "../../core/failure.ts";
import { until } from "./watching.ts";

/** An issue as far as a person sees it. */
export interface SeenIssue {
  readonly number: number;
  readonly state: string;
  readonly labels: readonly string[];
  /** The bot's comment; empty until it wrote one. */
  readonly answer: string;
}

/** A person at a browser: nothing but HTTP, with a token of the sandbox. */
export class GitHubUser {
  readonly login: string;
  readonly #repository: string;

  constructor(login: string, forge: string, repository: string) {
    this.login = login;
    this.#repository = `${forge}/repos/${repository}`;
  }

  async open(title: string, body: string): Promise<number> {
    const issue = await this.#ask<{ number: number }>("POST", "/issues", { title, body });
    return issue.number;
  }

  async comment(issue: number, body: string): Promise<void> {
    await this.#ask("POST", `/issues/${issue}/comments`, { body });
  }

  /** Waits until an issue of this title is there. */
  issueOf(title: string): Promise<number> {
    return until(`an issue ${title}`, async () => {
      const path = "/issues?state=all&per_page=100&sort=created&direction=asc";
      const issues = await this.#ask<{ number: number; title: string }[]>("GET", path);
      return issues.find((issue) => issue.title === title)?.number;
    });
  }

  /** Waits until the bot has given an issue this label. */
  waitFor(issue: number, label: string): Promise<SeenIssue> {
    let last: SeenIssue | undefined;
    return until(
      `${label} on #${issue}`,
      async () => {
        last = await this.see(issue);
        return last.labels.includes(label) ? last : undefined;
      },
      () => `${last?.labels.join(", ")}: ${last?.answer}`,
    );
  }

  async see(number: number): Promise<SeenIssue> {
    const [issue, comments] = await Promise.all([
      this.#ask<{ state: string; labels: { name: string }[] }>("GET", `/issues/${number}`),
      this.#ask<{ body: string; user: { type: string } }[]>("GET", `/issues/${number}/comments`),
    ]);
    return {
      number,
      state: issue.state,
      labels: issue.labels.map(({ name }) => name),
      answer: comments.find(({ user }) => user.type === "Bot")?.body ?? "",
    };
  }

  /** The registry's file, as anyone may read it. */
  registryFile(path: string): Promise<string> {
    return this.#text(`/contents/${path}?ref=registry`);
  }

  async #text(path: string): Promise<string> {
    const { content } = await this.#ask<{ content: string }>("GET", path);
    return Buffer.from(content, "base64").toString("utf8");
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.#repository + path, {
      method,
      headers: { authorization: `Bearer sandbox-${this.login}`, accept: "application/vnd.github+json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Failure("unavailable", `forge answered ${response.status} to ${method} ${path}`);
    return (await response.json()) as T;
  }
}

/** The first reason of the bot's answer, with the line of realm.yaml; code spans and escapes are for browsers. */
export function reasonIn({ answer }: SeenIssue): string {
  const [, says = "", rule = "", line] =
    /^- (.*) \(\[?`([^`]*)`\]?(?:\([^)]*#L(\d+)\))?\)$/m.exec(answer) ?? [];
  const place = line === undefined ? rule : `realm.yaml:${line}`;
  return `${markdownLines(says).join(" ")} [${place}]`;
}
