import * as z from "zod";
import type { Notice, Notices } from "../../core/ports/notices.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";

/** No submission's title ends so: the bot leaves such an issue alone. */
export const DRIFT_TITLE = "warren: drift";
export const DRIFT_LABEL = "warren: drift";
const MARKER = "<!-- warren:drift -->";

const LABEL = { name: DRIFT_LABEL, color: "bf8700", description: "a proxy is not as it was left" };
/** GitHub takes 65,536 characters. */
const LONGEST = 60_000;
const anything = z.unknown();

/**
 * Ours by its author, for anybody can write the marker; the marker tells it from what else we may open. An app's counts
 * too: where GitHub did not say of a workflow's own token that it wrote the issue, each run would open one more.
 */
export const isNotice = ({ body, viewerDidAuthor, author }: Noticed): boolean =>
  (viewerDidAuthor || author?.__typename === "Bot") && body.trimEnd().endsWith(MARKER);

interface Noticed {
  readonly body: string;
  readonly viewerDidAuthor: boolean;
  readonly author: { readonly __typename: string } | null;
}

/** The issue about drift. The label only narrows the search: without it, an issue is not found again. */
export class GitHubNotices implements Notices {
  readonly #forge: Forge;
  readonly #repository: Repository;

  constructor(client: ForgeClient, repository: Repository) {
    this.#forge = new Forge(client);
    this.#repository = repository;
  }

  async show([first, ...doubled]: readonly Notice[], text: string): Promise<void> {
    const body = `${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}\n\n${MARKER}`;
    // Two runs at once may both have opened one: the oldest stays.
    await this.close(doubled);
    if (first === undefined) await this.#open(body);
    else if (tidy(first.body) !== tidy(body)) await this.#change(first.number, { body });
  }

  async close(open: readonly Notice[]): Promise<void> {
    for (const { number } of open) await this.#change(number, { state: "closed", state_reason: "completed" });
  }

  async #open(body: string): Promise<void> {
    const route = "POST /repos/{owner}/{repo}";
    // There already is fine; GitHub would make a missing one, but grey and without a word.
    await this.#forge.attempt(`${route}/labels`, { ...this.#repository, ...LABEL }, anything, [422]);
    const issue = { title: DRIFT_TITLE, body, labels: [DRIFT_LABEL] };
    await this.#forge.write(`${route}/issues`, { ...this.#repository, ...issue }, anything);
  }

  async #change(issue: number, change: Readonly<Record<string, string>>): Promise<void> {
    const parameters = { ...this.#repository, issue_number: issue, ...change };
    await this.#forge.write("PATCH /repos/{owner}/{repo}/issues/{issue_number}", parameters, anything);
  }
}

/** GitHub stores line ends its own way. */
const tidy = (text: string): string => text.replaceAll("\r\n", "\n").trim();
