import * as z from "zod";
import { causeOf, Failure, unavailable } from "../../core/failure.ts";

/** What Octokit throws for an answer that is no success, and for no answer at all (then without `response`). */
const httpError = z.object({
  name: z.literal("HttpError"),
  status: z.number(),
  message: z.string(),
  response: z
    .object({ headers: z.record(z.string(), z.union([z.string(), z.number(), z.undefined()])) })
    .optional(),
});

/** GraphQL's errors come with HTTP 200. */
const graphqlError = z.object({
  name: z.literal("GraphqlResponseError"),
  errors: z.array(
    z.object({ type: z.string().optional(), message: z.string(), path: z.array(z.unknown()).optional() }),
  ),
});

export type GraphqlProblem = z.infer<typeof graphqlError>["errors"][number];

export const statusOf = (error: unknown): number | undefined => {
  const http = httpError.safeParse(error);
  return http.success && http.data.response !== undefined ? http.data.status : undefined;
};

/** The seconds that GitHub wants to be left alone for; undefined: it limits nothing, or doesn't say. */
export function retryAfterOf(error: unknown): number | undefined {
  const http = httpError.safeParse(error);
  const after = http.success ? http.data.response?.headers["retry-after"] : undefined;
  const limited = http.success && (http.data.status === 403 || http.data.status === 429);
  return limited && after !== undefined && /^\d+$/.test(String(after)) ? Number(after) : undefined;
}

export const graphqlProblemsOf = (error: unknown): readonly GraphqlProblem[] => {
  const graphql = graphqlError.safeParse(error);
  return graphql.success ? graphql.data.errors : [];
};

/** Gateways that gave up, GraphQL's own time-outs and limits, and ours: asked for less, the forge may answer. */
export function isTooMuch(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 502 || status === 504) return true;
  const problems = graphqlProblemsOf(error);
  if (problems.some(({ type }) => type === undefined || type === "RESOURCE_LIMITS_EXCEEDED")) return true;
  return z.object({ name: z.literal("AbortError") }).safeParse(error).success;
}

/**
 * The failure behind what Octokit threw. `host` is what the user must check, `doing` what was asked of it. The
 * request itself is left out of the cause: its headers and body are nobody's business in a log.
 */
export function forgeFailure(error: unknown, host: string, doing: string): Failure {
  if (error instanceof Failure) return error;
  const problems = graphqlProblemsOf(error);
  const [problem] = problems;
  if (problem !== undefined) return graphqlFailure(problem, host, doing);

  const http = httpError.safeParse(error);
  if (!http.success || http.data.response === undefined) {
    return unavailable(`forge ${host}`, innermost(error), "check the network, and GITHUB_API_URL");
  }
  const { status, message, response } = http.data;
  if (status === 401) {
    return new Failure("refused", `forge ${host} does not accept the token`, {
      hint: "set GITHUB_TOKEN to a token that is still valid",
    });
  }
  const limited =
    response.headers["retry-after"] !== undefined || response.headers["x-ratelimit-remaining"] === "0";
  if (status === 429 || (status === 403 && limited)) {
    return unavailable(
      `forge ${host}`,
      "its rate limit is used up",
      "wait some minutes; it resets within the hour",
    );
  }
  if (status >= 500) return unavailable(`forge ${host}`, `HTTP ${status} to ${doing}`);
  const needed = response.headers["x-accepted-github-permissions"];
  return new Failure("refused", `forge ${host} refuses ${doing}: HTTP ${status}, ${firstLine(message)}`, {
    ...(needed === undefined ? {} : { hint: `the token needs the permissions ${needed}` }),
  });
}

function graphqlFailure({ type, message }: GraphqlProblem, host: string, doing: string): Failure {
  if (type === "RATE_LIMITED" || type === "RATE_LIMIT") {
    return unavailable(
      `forge ${host}`,
      "its rate limit is used up",
      "wait some minutes; it resets within the hour",
    );
  }
  // GitHub's time-outs and internal errors carry no type.
  if (type === undefined) return unavailable(`forge ${host}`, firstLine(message));
  const hint = "check the repository's name, and that the token may read it";
  const more = type === "NOT_FOUND" ? { hint } : {};
  return new Failure("refused", `forge ${host} refuses ${doing}: ${type}, ${firstLine(message)}`, more);
}

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").slice(0, 300);

/** fetch wraps what the socket said ("connect ECONNREFUSED …") in a "fetch failed". */
function innermost(error: unknown): string {
  let inner = error;
  while (typeof inner === "object" && inner !== null && "cause" in inner && inner.cause !== undefined) {
    inner = inner.cause;
  }
  return firstLine(causeOf(inner));
}
