import * as z from "zod";
import type { StateLabel } from "../../core/ports/inbox.ts";
import type { Digested } from "../../core/submission/digest.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";
import { isStateLabel } from "./labels.ts";
import { withoutMark } from "./mark.ts";

/** What the author of a submission sees of it. */
export interface IssueStatus {
  readonly number: number;
  readonly state: "open" | "closed";
  /** The bot's label; undefined: the bot has not answered yet. */
  readonly label?: StateLabel;
  /** The bot's comment, markdown. For people to read: nothing may be decided on it. */
  readonly comment?: string;
  /** What its author wrote. */
  readonly body: string;
  /** The page of the issue. */
  readonly url: string;
}

const account = z.object({ id: z.number(), type: z.string() });
const issue = z.object({
  number: z.number(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(["open", "closed"]),
  html_url: z.string(),
  user: account.nullable(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
  pull_request: z.unknown().optional(),
});
const me = z.object({ id: z.number(), login: z.string() });
const comment = z.object({
  body: z.string().nullish(),
  user: account.nullable(),
  performed_via_github_app: z.object({ id: z.number() }).nullish(),
});

/** The issues of a realm's repository, as a person sees and writes them with a token of their own. */
export class GitHubIssues {
  readonly #forge: Forge;
  readonly #repository: Repository;

  constructor(client: ForgeClient, repository: Repository) {
    this.#forge = new Forge(client);
    this.#repository = repository;
  }

  /** The account that the token acts for. */
  async login(): Promise<string> {
    return (await this.#forge.get("GET /user", {}, me)).login;
  }

  /** Returns the new issue's number. */
  async open(title: string, body: string): Promise<number> {
    const route = "POST /repos/{owner}/{repo}/issues";
    return (await this.#forge.write(route, { ...this.#repository, title, body }, issue)).number;
  }

  async status(number: number): Promise<IssueStatus> {
    const parameters = { ...this.#repository, issue_number: number };
    const route = "GET /repos/{owner}/{repo}/issues/{issue_number}";
    return this.#statusOf(await this.#forge.get(route, parameters, issue));
  }

  /** The text itself, as a digest covers it; the author is 0 where the account is gone. */
  async written(number: number): Promise<Omit<Digested, "repositoryId">> {
    const parameters = { ...this.#repository, issue_number: number };
    const route = "GET /repos/{owner}/{repo}/issues/{issue_number}";
    const { title, body, user } = await this.#forge.get(route, parameters, issue);
    return { number, authorId: user?.id ?? 0, title, body: body ?? "" };
  }

  async comment(number: number, body: string): Promise<void> {
    const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
    await this.#forge.write(route, { ...this.#repository, issue_number: number, body }, z.unknown());
  }

  /** The newest issue with exactly this title that the token's own account opened. */
  async findOwn(title: string): Promise<IssueStatus | undefined> {
    const mine = await this.#forge.get("GET /user", {}, me);
    const parameters = {
      ...this.#repository,
      creator: mine.login,
      state: "all",
      sort: "created",
      direction: "desc",
    };
    const issues = await this.#forge.list(
      "GET /repos/{owner}/{repo}/issues",
      parameters,
      z.array(issue),
      10_000,
    );
    const found = issues.find(
      (one) => one.title === title && one.user?.id === mine.id && one.pull_request === undefined,
    );
    return found === undefined ? undefined : this.#statusOf(found);
  }

  async #statusOf({
    number,
    state,
    body,
    labels,
    html_url: url,
  }: z.infer<typeof issue>): Promise<IssueStatus> {
    const label = labels.map((one) => (typeof one === "string" ? one : (one.name ?? ""))).find(isStateLabel);
    const answer = label === undefined ? undefined : await this.#answerOn(number);
    return {
      number,
      state,
      body: body ?? "",
      url,
      ...(label === undefined ? {} : { label }),
      ...(answer === undefined ? {} : { comment: answer }),
    };
  }

  /** The bot is known here only as an app that comments: a person does not know its id. */
  async #answerOn(number: number): Promise<string | undefined> {
    const route = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
    const parameters = { ...this.#repository, issue_number: number };
    const comments = await this.#forge.list(route, parameters, z.array(comment), 10_000);
    const answer = comments.find(
      (one) => one.user?.type === "Bot" && (one.performed_via_github_app ?? undefined) !== undefined,
    );
    return answer?.body ? withoutMark(answer.body) : undefined;
  }
}
