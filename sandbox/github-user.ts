import { Failure } from "../core/failure.ts";

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

  async issues(): Promise<readonly { number: number; title: string }[]> {
    return this.#ask("GET", "/issues?state=all&per_page=100&sort=created&direction=asc");
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
