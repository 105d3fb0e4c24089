import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildASTSchema, type GraphQLSchema, parse } from "graphql";

const FILE = "@octokit/graphql-schema/schema.graphql";

let built: GraphQLSchema | undefined;

/** GitHub's own GraphQL schema, read and built once: a quarter of a second that holds everything else up. */
export function githubSchema(): GraphQLSchema {
  const options = { assumeValid: true, assumeValidSDL: true };
  built ??= buildASTSchema(parse(readFileSync(schemaFile(), "utf8"), { noLocation: true }), options);
  return built;
}

/** Importing the package would read and build its 5 MB of JSON; the text alone is not among its exports. */
function schemaFile(): string {
  const folders = createRequire(import.meta.url).resolve.paths(FILE) ?? [];
  const found = folders.map((folder) => join(folder, FILE)).find((file) => existsSync(file));
  if (found === undefined) throw new Error("package @octokit/graphql-schema is not installed");
  return found;
}
