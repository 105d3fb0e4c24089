import type { z } from "zod";
import { unavailable } from "../../core/failure.ts";
import type { ForgeClient } from "./client.ts";
import { forgeFailure, graphqlProblemsOf, statusOf } from "./failures.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** What a write came to, where one of its refusals is an outcome to act on and no failure. */
export type Outcome<T, Refusal> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

const PAGE = 100;

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
  async get<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T> {
    try {
      const { data } = await this.#client.request(route, parameters);
      return this.#checked(data, schema, route);
    } catch (error) {
      throw forgeFailure(error, this.host, route);
    }
  }

  /** Undefined where the forge says 404, which also stands for "not yours to see". */
  async find<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
      const { data } = await this.#client.request(route, parameters);
      return this.#checked(data, schema, route);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw forgeFailure(error, this.host, route);
    }
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
  async write<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T> {
    try {
      const { data } = await this.#client.request(route, { ...parameters, request: { retries: 0 } });
      return this.#checked(data, schema, route);
    } catch (error) {
      throw forgeFailure(error, this.host, route);
    }
  }

  /** A write whose refusal with one of the HTTP statuses `outcomes` is no failure. */
  async attempt<T, Status extends number>(
    route: string,
    parameters: Parameters,
    schema: z.ZodType<T>,
    outcomes: readonly Status[],
  ): Promise<Outcome<T, Status>> {
    try {
      const { data } = await this.#client.request(route, { ...parameters, request: { retries: 0 } });
      return { ok: true, value: this.#checked(data, schema, route) };
    } catch (error) {
      const refusal = outcomes.find((status) => status === statusOf(error));
      if (refusal !== undefined) return { ok: false, refusal };
      throw forgeFailure(error, this.host, route);
    }
  }

  async query<T>(query: string, variables: Parameters, schema: z.ZodType<T>): Promise<T> {
    try {
      return this.#checked(await this.#client.graphql<unknown>(query, variables), schema, "a GraphQL query");
    } catch (error) {
      throw forgeFailure(error, this.host, "a GraphQL query");
    }
  }

  /** A query that GitHub answers with NOT_FOUND where nothing stands at `path`, e.g. `repository.issue`. */
  async findBy<T>(
    path: string,
    query: string,
    variables: Parameters,
    schema: z.ZodType<T>,
  ): Promise<T | undefined> {
    try {
      return this.#checked(await this.#client.graphql<unknown>(query, variables), schema, "a GraphQL query");
    } catch (error) {
      const problems = graphqlProblemsOf(error);
      const missing = problems.filter(
        (problem) => problem.type === "NOT_FOUND" && problem.path?.join(".") === path,
      );
      if (problems.length > 0 && missing.length === problems.length) return undefined;
      throw forgeFailure(error, this.host, "a GraphQL query");
    }
  }

  /** A mutation whose refusal with one of the GraphQL error types `outcomes` is no failure. */
  async mutate<T, Type extends string>(
    mutation: string,
    variables: Parameters,
    schema: z.ZodType<T>,
    outcomes: readonly Type[],
  ): Promise<Outcome<T, Type>> {
    try {
      const data = await this.#client.graphql<unknown>(mutation, { ...variables, request: { retries: 0 } });
      return { ok: true, value: this.#checked(data, schema, "a GraphQL mutation") };
    } catch (error) {
      const types = graphqlProblemsOf(error).map(({ type }) => type);
      const refusal = outcomes.find((outcome) => types.includes(outcome));
      if (refusal !== undefined) return { ok: false, refusal };
      throw forgeFailure(error, this.host, "a GraphQL mutation");
    }
  }

  /** The body as it comes, for what is too large to hold; `signal` ends it. */
  async stream(route: string, parameters: Parameters, signal: AbortSignal): Promise<unknown> {
    const request = { signal, parseSuccessResponseBody: false };
    try {
      return (await this.#client.request(route, { ...parameters, request })).data;
    } catch (error) {
      throw forgeFailure(error, this.host, route);
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
