import * as z from "zod";
import type { Report } from "../../core/check/report.ts";
import type { Checks, PullRequest } from "../../core/ports/pull-requests.ts";
import { listComments, oursAmong, type RestComment, type Self } from "./answering.ts";
import { CheckRuns, isRequired } from "./check-runs.ts";
import type { ForgeClient, Repository } from "./client.ts";
import { Forge } from "./forge.ts";

/** Tells our comment from others of the same account; whose it is, the account tells. */
const MARKER = "<!-- warren:check -->";
const COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}";
const anything = z.unknown();

type Pull = Pick<PullRequest, "number" | "head">;

/** One check run named `warren` and one comment, both written only where they differ. */
export class GitHubChecks implements Checks {
  readonly #forge: Forge;
  readonly #repository: Repository;
  readonly #self: Self;
  readonly #runs: CheckRuns;

  constructor(client: ForgeClient, repository: Repository, self: Self) {
    this.#forge = new Forge(client);
    this.#repository = repository;
    this.#self = self;
    this.#runs = new CheckRuns(this.#forge, repository, self);
  }

  async show({ number, head }: Pull, report: Report): Promise<void> {
    await this.#runs.show(head.commit, report);
    await this.#comment(number, await this.#ours(number), report);
  }

  async update({ number, head }: Pull, report: Report): Promise<void> {
    const ours = await this.#ours(number);
    // Nobody could merge anything if what is required never came.
    const answered = ours !== undefined && ours.length > 0;
    if (!answered && !(await isRequired(this.#forge, this.#repository))) return;
    await this.#runs.show(head.commit, report);
    if (answered) await this.#comment(number, ours, report);
  }

  /** The oldest first; more than one only after a race. Undefined: among so many comments nobody would find it. */
  async #ours(number: number): Promise<readonly RestComment[] | undefined> {
    const listed = await listComments(this.#forge, this.#repository, number);
    return listed === undefined
      ? undefined
      : oursAmong(listed, this.#self).filter(({ body }) => body?.trimEnd().endsWith(MARKER));
  }

  async #comment(number: number, ours: readonly RestComment[] | undefined, report: Report): Promise<void> {
    if (ours === undefined) return;
    const body = `${report.body}\n\n${MARKER}`;
    let [first, ...younger] = ours;
    if (first === undefined) {
      const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
      await this.#forge.write(route, { ...this.#repository, issue_number: number, body }, anything);
      // Another replica may have done the same at this moment: the oldest comment stays.
      [first, ...younger] = (await this.#ours(number)) ?? [];
    }
    for (const { id } of younger)
      await this.#forge.attempt(
        `DELETE ${COMMENT}`,
        { ...this.#repository, comment_id: id },
        anything,
        [404],
      );
    if (first !== undefined && tidy(first.body ?? "") !== tidy(body))
      await this.#forge.write(
        `PATCH ${COMMENT}`,
        { ...this.#repository, comment_id: first.id, body },
        anything,
      );
  }
}

/** GitHub stores line ends its own way. */
const tidy = (text: string): string => text.replaceAll("\r\n", "\n").trim();
