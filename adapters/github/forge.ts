import * as z from "zod";
import { type Failure, unavailable } from "../../core/failure.ts";
import type { ForgeClient } from "./client.ts";
import { forgeFailure, graphqlProblemsOf, isTooMuch, statusOf } from "./failures.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** What a write came to, where one of its refusals is an outcome to act on and no failure. */
export type Outcome<T, Refusal> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

const PAGE = 100;
/** A write that was carried out, and whose answer got lost, must not be carried out again. */
const ONCE = { request: { retries: 0 } };

/**
 * Requests whose answers are checked: Octokit turns a body that broke off into an empty text, and comments that could
 * not be read must never look like none. Reads may be repeated by the client's plugins, writes never are.
 */
export class Forge {
  /** What a user must check when it does not answer. */
  readonly host: string;
  readonly #client: ForgeClient;

  constructor(client: ForgeClient) {
    this.#client = client;
    this.host = new URL(client.request.endpoint.DEFAULTS.baseUrl).host;
  }

  /** `route` as in GitHub's REST docs, e.g. `GET /repos/{owner}/{repo}`. */
  get<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T> {
    return this.#sure(this.#rest(route, parameters), schema, route);
  }

  /** Undefined where the forge says 404, which also stands for "not yours to see". */
  async find<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T | undefined> {
    const found = await this.#settled(this.#rest(route, parameters), schema, route, one([404]));
    return found.ok ? found.value : undefined;
  }

  /** All pages of a list; more than `most` items are a failure, not a shorter list. */
  async list<T>(route: string, parameters: Parameters, items: z.ZodType<T[]>, most: number): Promise<T[]> {
    const all = await this.listUpTo(route, parameters, items, most);
    if (all !== undefined) return all;
    throw unavailable(`forge ${this.host}`, `more than ${most} items from ${route}`);
  }

  /** All pages of a list that strangers may lengthen; undefined: it has `most` items or more. */
  async listUpTo<T>(
    route: string,
    parameters: Parameters,
    items: z.ZodType<T[]>,
    most: number,
  ): Promise<T[] | undefined> {
    const all: T[] = [];
    for (let page = 1; ; page += 1) {
      const more = await this.get(route, { ...parameters, per_page: PAGE, page }, items);
      all.push(...more);
      if (more.length < PAGE) return all;
      if (all.length >= most) return undefined;
    }
  }

  /** A request that changes something. */
  write<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T> {
    return this.#sure(this.#rest(route, { ...parameters, ...ONCE }), schema, route);
  }

  /** A write whose refusal with one of the HTTP statuses `outcomes` is no failure. */
  attempt<T, Status extends number>(
    route: string,
    parameters: Parameters,
    schema: z.ZodType<T>,
    outcomes: readonly Status[],
  ): Promise<Outcome<T, Status>> {
    return this.#settled(this.#rest(route, { ...parameters, ...ONCE }), schema, route, one(outcomes));
  }

  query<T>(query: string, variables: Parameters, schema: z.ZodType<T>): Promise<T> {
    return this.#sure(this.#client.graphql<unknown>(query, variables), schema, "a GraphQL query");
  }

  /** A query whose answer may be more than the forge gives at once: then that is no failure yet. */
  queryUnlessTooMuch<T>(
    query: string,
    variables: Parameters,
    schema: z.ZodType<T>,
  ): Promise<Outcome<T, Failure>> {
    const doing = "a GraphQL query";
    return this.#settled(this.#client.graphql<unknown>(query, variables), schema, doing, (error) =>
      isTooMuch(error) ? forgeFailure(error, this.host, doing) : undefined,
    );
  }

  /** A query that GitHub answers with NOT_FOUND where nothing stands at `path`, e.g. `repository.issue`. */
  async findBy<T>(
    path: string,
    query: string,
    variables: Parameters,
    schema: z.ZodType<T>,
  ): Promise<T | undefined> {
    const asking = this.#client.graphql<unknown>(query, variables);
    const found = await this.#settled(asking, schema, "a GraphQL query", (error) => {
      const problems = graphqlProblemsOf(error);
      const missing = problems.filter(({ type, path: at }) => type === "NOT_FOUND" && at?.join(".") === path);
      return problems.length > 0 && missing.length === problems.length ? "missing" : undefined;
    });
    return found.ok ? found.value : undefined;
  }

  /** A mutation whose refusal with one of the GraphQL error types `outcomes` is no failure. */
  mutate<T, Type extends string>(
    mutation: string,
    variables: Parameters,
    schema: z.ZodType<T>,
    outcomes: readonly Type[],
  ): Promise<Outcome<T, Type>> {
    const asking = this.#client.graphql<unknown>(mutation, { ...variables, ...ONCE });
    return this.#settled(asking, schema, "a GraphQL mutation", (error) => {
      const types = graphqlProblemsOf(error).map(({ type }) => type);
      return outcomes.find((outcome) => types.includes(outcome));
    });
  }

  /** The body as it comes, for what is too large to hold; `signal` ends it. */
  stream(route: string, parameters: Parameters, signal: AbortSignal): Promise<unknown> {
    const request = { signal, parseSuccessResponseBody: false };
    return this.#sure(this.#rest(route, { ...parameters, request }), z.unknown(), route);
  }

  async #rest(route: string, parameters: Parameters): Promise<unknown> {
    return (await this.#client.request(route, parameters)).data;
  }

  /** The answer as it must be, or a failure. */
  async #sure<T>(asking: Promise<unknown>, schema: z.ZodType<T>, doing: string): Promise<T> {
    try {
      return this.#checked(await asking, schema, doing);
    } catch (error) {
      throw forgeFailure(error, this.host, doing);
    }
  }

  /** The same, but for errors that `refusalOf` makes an outcome of. */
  async #settled<T, Refusal>(
    asking: Promise<unknown>,
    schema: z.ZodType<T>,
    doing: string,
    refusalOf: (error: unknown) => Refusal | undefined,
  ): Promise<Outcome<T, Refusal>> {
    try {
      return { ok: true, value: this.#checked(await asking, schema, doing) };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== undefined) return { ok: false, refusal };
      throw forgeFailure(error, this.host, doing);
    }
  }

  #checked<T>(data: unknown, schema: z.ZodType<T>, doing: string): T {
    const read = schema.safeParse(data);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    throw unavailable(`forge ${this.host}`, `its answer to ${doing} is not understood${where}`);
  }
}

const one =
  <Status extends number>(statuses: readonly Status[]) =>
  (error: unknown): Status | undefined =>
    statuses.find((status) => status === statusOf(error));
