import * as z from "zod";
import type { Answer } from "../../core/ports/inbox.ts";
import type { Repository } from "./client.ts";
import type { Forge } from "./forge.ts";
import { MOST_ENTRIES } from "./issue-query.ts";
import { isStateLabel, STATE_LABELS } from "./labels.ts";
import { markIn, withMark, withoutMark } from "./mark.ts";

/** Who the bot is: its GitHub App or, where a token acts instead of one, that token's account. */
export type Self = { readonly appId: number } | { readonly login: string };

/** What people see of our verdict on an issue. */
export interface Face {
  readonly state: Answer["state"] | "other";
  readonly labels: readonly string[];
  /**
   * Our own, the oldest first; more than one only after a race. Undefined: there may be one among more comments than are
   * read, and a second would be no answer but a flood.
   */
  readonly comments: readonly RestComment[] | undefined;
}

const restComment = z.object({
  id: z.number(),
  body: z.string().nullish(),
  user: z.object({ login: z.string(), type: z.string() }).nullable(),
  /** Null for what a person wrote in the browser. */
  performed_via_github_app: z.object({ id: z.number() }).nullish(),
});
export type RestComment = z.infer<typeof restComment>;

const COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
/** As many pages as of an issue's other lists, and one for what came since those were read. */
const MOST_COMMENTS = MOST_ENTRIES + 100;
const anything = z.unknown();

/** Undefined: they are too many to be read. */
export const listComments = (
  forge: Forge,
  repository: Repository,
  issue: number,
): Promise<readonly RestComment[] | undefined> =>
  forge.listUpTo(
    `GET ${COMMENTS}`,
    { ...repository, issue_number: issue },
    z.array(restComment),
    MOST_COMMENTS,
  );

/** Ours by the app's id: neither a marker in the text nor a login proves anything. */
export const oursAmong = (comments: readonly RestComment[], self: Self): readonly RestComment[] =>
  comments
    .filter(({ user, performed_via_github_app: app }) =>
      "appId" in self ? app?.id === self.appId && user?.type === "Bot" : user?.login === self.login,
    )
    .sort((a, b) => a.id - b.id);

/** Makes an issue show `answer`, one request for each thing that differs from `face`, and none if nothing does. */
export class Answering {
  readonly #forge: Forge;
  readonly #repository: Repository;
  readonly #self: Self;
  /** Labels that the repository surely has, so that it is asked for each but once. */
  readonly #labelled = new Set<string>();

  constructor(forge: Forge, repository: Repository, self: Self) {
    this.#forge = forge;
    this.#repository = repository;
    this.#self = self;
  }

  /** A new mark alone is no reason to write: GitHub allows 500 writes an hour. */
  async show(issue: number, face: Face, answer: Answer, mark?: string): Promise<void> {
    if (face.comments !== undefined) await this.#comment(issue, face.comments, answer.body, mark);
    await this.#label(issue, face.labels, answer.label);
    if (face.state !== answer.state) await this.#state(issue, answer.state);
  }

  async #comment(
    issue: number,
    ours: readonly RestComment[],
    text: string,
    mark: string | undefined,
  ): Promise<void> {
    const body = mark === undefined ? text : withMark(text, mark);
    const parameters = { ...this.#repository, issue_number: issue };
    let [first, ...younger] = ours;
    if (first === undefined) {
      await this.#forge.write(`POST ${COMMENTS}`, { ...parameters, body }, anything);
      // Another replica may have done the same at this moment: the oldest comment stays.
      const listed = await listComments(this.#forge, this.#repository, issue);
      [first, ...younger] = oursAmong(listed ?? [], this.#self);
    }
    const one = "/repos/{owner}/{repo}/issues/comments/{comment_id}";
    for (const { id } of younger) {
      await this.#forge.attempt(`DELETE ${one}`, { ...this.#repository, comment_id: id }, anything, [404]);
    }
    if (first !== undefined && !says(first.body ?? "", text, mark !== undefined)) {
      await this.#forge.write(`PATCH ${one}`, { ...this.#repository, comment_id: first.id, body }, anything);
    }
  }

  async #label(issue: number, present: readonly string[], label: Answer["label"]): Promise<void> {
    const labels = "/repos/{owner}/{repo}/issues/{issue_number}/labels";
    const parameters = { ...this.#repository, issue_number: issue };
    if (!present.includes(label)) {
      await this.#ensure(label);
      await this.#forge.write(`POST ${labels}`, { ...parameters, labels: [label] }, anything);
    }
    for (const name of present) {
      if (!isStateLabel(name) || name === label) continue;
      await this.#forge.attempt(`DELETE ${labels}/{name}`, { ...parameters, name }, anything, [404]);
    }
  }

  /** Labels are made before their first use: GitHub would make a missing one, but grey and without a word. */
  async #ensure(name: Answer["label"]): Promise<void> {
    if (this.#labelled.has(name)) return;
    const labels = "/repos/{owner}/{repo}/labels";
    if (
      (await this.#forge.find(`GET ${labels}/{name}`, { ...this.#repository, name }, anything)) === undefined
    ) {
      const made = { ...this.#repository, name, ...STATE_LABELS[name] };
      await this.#forge.attempt(`POST ${labels}`, made, anything, [422]);
    }
    this.#labelled.add(name);
  }

  async #state(issue: number, state: Answer["state"]): Promise<void> {
    const change = state === "open" ? { state } : { state: "closed", state_reason: state };
    const parameters = { ...this.#repository, issue_number: issue, ...change };
    await this.#forge.write("PATCH /repos/{owner}/{repo}/issues/{issue_number}", parameters, anything);
  }
}

const says = (body: string, text: string, marked: boolean): boolean =>
  sameText(withoutMark(body), text) && (!marked || markIn(body) !== undefined);

/** GitHub stores line ends its own way. */
const sameText = (a: string, b: string): boolean => tidy(a) === tidy(b);
const tidy = (text: string): string => text.replaceAll("\r\n", "\n").trim();
