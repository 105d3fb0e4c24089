import { type DocumentNode, execute, GraphQLError, parse, validate } from "graphql";
import { Hono } from "hono";
import * as z from "zod";
import { accountOf } from "./actor.ts";
import { viewUser } from "./graphql-actor.ts";
import type { QueryNodeArgs, QueryRepositoryArgs, QueryUserArgs } from "./graphql-args.ts";
import { viewIssue } from "./graphql-issue.ts";
import { issueWithId, mutations } from "./graphql-mutations.ts";
import { viewRepository } from "./graphql-repository.ts";
import type { Viewer } from "./graphql-viewer.ts";
import { answer, type Env, readBody, type Skin } from "./http.ts";
import { fromNodeId, iso } from "./ids.ts";
import { may, READ_METADATA } from "./permission.ts";
import { notFound, Refusal } from "./refusal.ts";
import { githubSchema } from "./schema.ts";

const REQUEST = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** GraphQL, executed on GitHub's own schema: a query that is wrong there is wrong here. */
export function graphqlRoutes(skin: Skin): Hono<Env> {
  const routes = new Hono<Env>();
  routes.post("/", async (c) => {
    if (c.var.actor.kind === "nobody") {
      throw new Refusal(401, "This endpoint requires you to be authenticated.");
    }
    if (c.var.actor.kind === "app") throw new Refusal(401, "Bad credentials");
    const request = await readBody(c, REQUEST);
    const viewer = { ...skin, actor: c.var.actor };
    return answer(c, await run(viewer, request));
  });
  return routes;
}

async function run(viewer: Viewer, request: z.output<typeof REQUEST>): Promise<object> {
  const schema = githubSchema();
  const document = documentOf(request.query);
  if (Array.isArray(document)) return { errors: document.map(showError) };
  const { data, errors } = await execute({
    schema,
    document,
    rootValue: { ...queries(viewer), ...mutations(viewer) },
    variableValues: request.variables ?? {},
    operationName: request.operationName ?? null,
  });
  return {
    ...(data === undefined ? {} : { data }),
    ...(errors === undefined ? {} : { errors: errors.map(showError) }),
  };
}

/** Queries by their text: clients send the same few, and to hold one against the schema takes 10 ms. */
const known = new Map<string, DocumentNode>();
const MOST_KNOWN = 200;

function documentOf(query: string): DocumentNode | GraphQLError[] {
  const again = known.get(query);
  if (again !== undefined) return again;
  try {
    const document = parse(query);
    const wrong = validate(githubSchema(), document);
    if (wrong.length > 0) return [...wrong];
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(query, document);
    return document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** GitHub puts the kind of an error beside its message, not under `extensions`. */
function showError({ message, locations, path, originalError }: GraphQLError): object {
  const type = originalError instanceof Refusal ? { type: originalError.type } : {};
  return { ...type, ...(path === undefined ? {} : { path }), locations: locations ?? [], message };
}

function queries(viewer: Viewer) {
  const { forge, links, actor } = viewer;
  const account = accountOf(actor);
  return {
    viewer: () => account && viewUser(links, account),
    rateLimit: () => ({
      cost: 1,
      limit: 5000,
      nodeCount: 1,
      remaining: 5000,
      used: 0,
      resetAt: iso(new Date(Date.now() + 3_600_000)),
    }),
    user: ({ login }: QueryUserArgs) => {
      const found = forge.accounts.find(login);
      if (found?.type === "User") return viewUser(links, found);
      throw notFound(`Could not resolve to a User with the login of '${login}'.`);
    },
    repository: ({ owner, name }: QueryRepositoryArgs) => {
      const found = forge.findRepository(owner, name);
      if (found !== undefined && may(actor, found, READ_METADATA)) {
        return viewRepository(viewer, forge.read(found));
      }
      throw notFound(`Could not resolve to a Repository with the name '${owner}/${name}'.`);
    },
    node: ({ id }: QueryNodeArgs) => {
      const repository = forge.repositoryById(Number(fromNodeId("R", id)));
      if (repository !== undefined && may(actor, repository, READ_METADATA)) {
        return viewRepository(viewer, repository);
      }
      const found = issueWithId(viewer, id);
      return viewIssue(viewer, found.issue, () => viewRepository(viewer, found.repository));
    },
  };
}
