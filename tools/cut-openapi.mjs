import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Cuts what the forge serves and sends out of GitHub's OpenAPI, as JSON Schema: the whole document is 13 MB, and
 * its package 385 MB. In an empty folder: `npm install @octokit/openapi`, then
 * `node tools/cut-openapi.mjs node_modules/@octokit/openapi/generated/api.github.com.json`.
 */
const OPERATIONS = `
GET /
GET /app
GET /app/hook/config
PATCH /app/hook/config
GET /app/hook/deliveries
GET /app/hook/deliveries/{delivery_id}
POST /app/hook/deliveries/{delivery_id}/attempts
GET /app/installations
GET /app/installations/{installation_id}
POST /app/installations/{installation_id}/access_tokens
GET /apps/{app_slug}
GET /installation/repositories
DELETE /installation/token
GET /meta
GET /orgs/{org}
GET /orgs/{org}/installation
GET /orgs/{org}/members/{username}
GET /orgs/{org}/repos
GET /orgs/{org}/teams
GET /orgs/{org}/teams/{team_slug}
GET /orgs/{org}/teams/{team_slug}/members
GET /orgs/{org}/teams/{team_slug}/memberships/{username}
GET /rate_limit
GET /repos/{owner}/{repo}
GET /repos/{owner}/{repo}/actions/oidc/customization/sub
PUT /repos/{owner}/{repo}/actions/oidc/customization/sub
GET /repos/{owner}/{repo}/actions/secrets
GET /repos/{owner}/{repo}/actions/variables
GET /repos/{owner}/{repo}/branches
GET /repos/{owner}/{repo}/branches/{branch}
POST /repos/{owner}/{repo}/check-runs
GET /repos/{owner}/{repo}/check-runs/{check_run_id}
PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}
GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations
GET /repos/{owner}/{repo}/collaborators/{username}/permission
GET /repos/{owner}/{repo}/commits
GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls
GET /repos/{owner}/{repo}/commits/{ref}
GET /repos/{owner}/{repo}/commits/{ref}/check-runs
GET /repos/{owner}/{repo}/compare/{basehead}
GET /repos/{owner}/{repo}/contents/{path}
PUT /repos/{owner}/{repo}/contents/{path}
POST /repos/{owner}/{repo}/dispatches
GET /repos/{owner}/{repo}/environments
GET /repos/{owner}/{repo}/environments/{environment_name}
GET /repos/{owner}/{repo}/environments/{environment_name}/secrets
GET /repos/{owner}/{repo}/environments/{environment_name}/variables
POST /repos/{owner}/{repo}/git/blobs
GET /repos/{owner}/{repo}/git/blobs/{file_sha}
POST /repos/{owner}/{repo}/git/commits
GET /repos/{owner}/{repo}/git/commits/{commit_sha}
GET /repos/{owner}/{repo}/git/matching-refs/{ref}
GET /repos/{owner}/{repo}/git/ref/{ref}
POST /repos/{owner}/{repo}/git/refs
DELETE /repos/{owner}/{repo}/git/refs/{ref}
PATCH /repos/{owner}/{repo}/git/refs/{ref}
POST /repos/{owner}/{repo}/git/trees
GET /repos/{owner}/{repo}/git/trees/{tree_sha}
GET /repos/{owner}/{repo}/installation
GET /repos/{owner}/{repo}/issues
POST /repos/{owner}/{repo}/issues
GET /repos/{owner}/{repo}/issues/comments
GET /repos/{owner}/{repo}/issues/comments/{comment_id}
PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}
DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}
GET /repos/{owner}/{repo}/issues/{issue_number}
PATCH /repos/{owner}/{repo}/issues/{issue_number}
GET /repos/{owner}/{repo}/issues/{issue_number}/comments
POST /repos/{owner}/{repo}/issues/{issue_number}/comments
GET /repos/{owner}/{repo}/issues/{issue_number}/labels
POST /repos/{owner}/{repo}/issues/{issue_number}/labels
PUT /repos/{owner}/{repo}/issues/{issue_number}/labels
DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels
DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}
GET /repos/{owner}/{repo}/labels
POST /repos/{owner}/{repo}/labels
GET /repos/{owner}/{repo}/labels/{name}
PATCH /repos/{owner}/{repo}/labels/{name}
GET /repos/{owner}/{repo}/pulls
POST /repos/{owner}/{repo}/pulls
GET /repos/{owner}/{repo}/pulls/{pull_number}
PATCH /repos/{owner}/{repo}/pulls/{pull_number}
GET /repos/{owner}/{repo}/pulls/{pull_number}/files
PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge
GET /repos/{owner}/{repo}/rules/branches/{branch}
GET /repos/{owner}/{repo}/rulesets
GET /repos/{owner}/{repo}/rulesets/{ruleset_id}
GET /repos/{owner}/{repo}/tarball/{ref}
GET /user
GET /user/{account_id}
GET /users/{username}
GET /users/{username}/installation
`;
const WEBHOOKS = `
installation-created issue-comment-created issue-comment-deleted issue-comment-edited issues-closed issues-deleted
issues-edited issues-labeled issues-opened issues-reopened issues-transferred issues-unlabeled ping
pull-request-closed pull-request-edited pull-request-labeled pull-request-unlabeled pull-request-opened pull-request-reopened pull-request-synchronize push
repository-dispatch-sample.collected
`;
const OUT = fileURLToPath(new URL("../test/sandbox/forge-openapi.json", import.meta.url));
const NAME = "#/components/schemas/";

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error("name the path of GitHub's api.github.com.json");
const openapi = JSON.parse(readFileSync(source, "utf8"));
const definitions = {};
const cut = {
  version: openapi.info.version,
  operations: Object.fromEntries(lines(OPERATIONS, "\n").map((line) => [line, responses(line)])),
  webhooks: Object.fromEntries(lines(WEBHOOKS, /\s+/).map((name) => [name, payload(name)])),
  error: schema({ $ref: `${NAME}basic-error` }),
  definitions,
};
const shown = print(cut);
writeFileSync(OUT, shown);
console.error(`${OUT}: ${shown.length} bytes, ${Object.keys(definitions).length} definitions`);

/** One entry a line: what changed between two of GitHub's versions can then be read. */
function print(parts) {
  const part = (value) => {
    if (typeof value !== "object") return JSON.stringify(value);
    const entries = Object.entries(value).map(
      ([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`,
    );
    return `{\n    ${entries.join(",\n    ")}\n  }`;
  };
  const entries = Object.entries(parts).map(([name, value]) => `${JSON.stringify(name)}: ${part(value)}`);
  return `{\n  ${entries.join(",\n  ")}\n}\n`;
}

function lines(text, by) {
  return text.split(by).filter((line) => line !== "");
}

/** Status to the schema of its JSON; null where nothing, or no JSON, is answered. */
function responses(line) {
  const [method, path] = line.split(" ");
  const operation = openapi.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`GitHub has no operation ${line}`);
  const all = Object.entries(operation.responses).map(([status, given]) => {
    const response =
      given.$ref === undefined ? given : openapi.components.responses[given.$ref.split("/").at(-1)];
    const answers = Object.entries(response.content ?? {}).filter(([type]) => /[/+]json$/.test(type));
    const forms = answers.map(([, { schema: one }]) => schema(one));
    return [status, forms.length > 1 ? { anyOf: forms } : (forms[0] ?? null)];
  });
  return Object.fromEntries(all);
}

function payload(name) {
  const webhook = openapi["x-webhooks"][name];
  if (webhook === undefined) throw new Error(`GitHub has no webhook ${name}`);
  return schema(webhook.post.requestBody.content["application/json"].schema);
}

/** OpenAPI 3.0's dialect as JSON Schema's, without what only documents; what it names goes to `definitions`. */
function schema(value) {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(schema);
  if (typeof value.$ref === "string") {
    const name = value.$ref.slice(NAME.length);
    if (!(name in definitions)) {
      definitions[name] = true;
      definitions[name] = schema(openapi.components.schemas[name]);
    }
    return { $ref: `#/definitions/${name}` };
  }
  const { nullable, ...rest } = value;
  const entries = Object.entries(rest).flatMap(([key, inner]) => keyword(key, inner));
  const plain = Object.fromEntries(entries);
  return nullable === true ? { anyOf: [plain, { type: "null" }] } : plain;
}

function keyword(key, inner) {
  if (["description", "title", "example", "examples", "default", "deprecated", "externalDocs"].includes(key))
    return [];
  if (key.startsWith("x-") || ["readOnly", "writeOnly", "xml", "discriminator"].includes(key)) return [];
  // The names in it are no keywords: a property may be called "title".
  if (key === "properties") {
    return [[key, Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, schema(one)]))]];
  }
  if (key === "enum" || key === "required") return [[key, inner]];
  return [[key, schema(inner)]];
}
