import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { WORKFLOWS } from "../../core/init/workflows.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  env: z.record(z.string(), z.unknown()).optional(),
});
const permissions = z.union([z.string(), z.record(z.string(), z.string())]);
const workflow = z.looseObject({
  on: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]),
  permissions: permissions.optional(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: permissions.optional(),
      environment: z.unknown().optional(),
      uses: z.string().optional(),
      "timeout-minutes": z.number().optional(),
      steps: z.array(step).default([]),
    }),
  ),
});

/** Expressions that somebody outside writes: titles, bodies, names of branches and of people, whole events. */
const WRITTEN_BY_STRANGERS =
  /\$\{\{[^}]*github\.(event\.(?!repository\.default_branch)|head_ref|ref_name|actor|triggering_actor)/;

const PINNED = /^\.\/|@[0-9a-f]{40}$/;

/** What a pull request from a fork, or the author of a text, could make of a workflow. */
function weaknessesOf(text: string): readonly string[] {
  const { on, jobs, permissions } = workflow.parse(parse(text));
  const triggers = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
  const found: string[] = [];
  if (triggers.includes("pull_request_target")) found.push("runs with secrets on a stranger's pull request");
  if (triggers.includes("workflow_run")) found.push("runs with secrets after a stranger's workflow");
  if (permissions === undefined) found.push("says no permissions");
  if (typeof permissions === "object" && Object.values(permissions).includes("write"))
    found.push("lets every job write");
  // No expression holds a text, in conditions and names neither.
  if (/github\.event\.(issue|comment|pull_request)\.(title|body)/.test(text))
    found.push("an expression holds a title or a body");
  if (/^\s*(- )?uses: [^.\s]\S*(?! # v\d)\s*$/m.test(text)) found.push("a pin says no version");
  for (const [name, job] of Object.entries(jobs)) {
    if (job.permissions === undefined) found.push(`${name} says no permissions`);
    if (job.uses !== undefined && !PINNED.test(job.uses)) found.push(`${job.uses} is not pinned`);
    if (job.uses === undefined && job["timeout-minutes"] === undefined)
      found.push(`${name} may run for hours`);
    const { "id-token": idToken } = typeof job.permissions === "object" ? job.permissions : {};
    if (idToken === "write" && job.environment === undefined)
      found.push(`${name} may be anybody to AWS outside an environment`);
    const all = [permissions, job.permissions].filter((one) => typeof one === "string");
    if (all.some((one) => one !== "read-all" && one !== "")) found.push(`${name} may write everything`);
    const secret = /\$\{\{[^}]*secrets\.(?!GITHUB_TOKEN)/.test(JSON.stringify(job));
    if (secret && triggers.includes("pull_request")) found.push(`${name} reads secrets in pull requests`);
    if (secret && job.environment === undefined) found.push(`${name} reads secrets outside an environment`);
    for (const { uses, run, with: inputs, env } of job.steps) {
      if (uses !== undefined && !PINNED.test(uses)) found.push(`${uses} is not pinned`);
      if (uses?.startsWith("actions/checkout@") && inputs?.["persist-credentials"] !== false) {
        found.push("checkout leaves its token behind");
      }
      if (run?.includes("${{") === true) found.push(`${name} puts an expression into a shell`);
      if (WRITTEN_BY_STRANGERS.test(JSON.stringify([run, inputs, env]))) {
        found.push(`${name} uses what a stranger wrote`);
      }
      if (/pull_request\.head|refs\/pull/.test(JSON.stringify(inputs ?? {})))
        found.push(`${name} checks out a head`);
    }
  }
  return found;
}

const texts = (folder: string, ending: RegExp): readonly (readonly [string, string])[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => [`${folder}/${name}`, readFileSync(join(ROOT, folder, name), "utf8")]);

describe("a pull request from a fork", () => {
  const workflows = [...texts(".github/workflows", /\.ya?ml$/)];

  it("meets at least one workflow", () => {
    expect(workflows.length).toBeGreaterThan(0);
  });

  const actions = { repository: "acme/warren", commit: "a".repeat(40), tag: "v0.1.0" };
  for (const { path, text } of WORKFLOWS) workflows.push([`${path}, as init writes it`, text(actions)]);

  it.each(workflows)("runs no code with secrets, and reads none, in %s", (_file, text) => {
    expect(weaknessesOf(text)).toEqual([]);
  });

  it.each(texts("actions", /action\.ya?ml$/))("finds no expression in a shell of %s", (_file, text) => {
    expect(text).not.toMatch(WRITTEN_BY_STRANGERS);
    expect(text).not.toMatch(/^\s*(- )?run:/m);
  });

  const BAD = `
on: { pull_request_target: {} }
permissions: write-all
jobs:
  build:
    runs-on: x
    permissions: { id-token: write }
    steps:
      - uses: actions/checkout@v4
        with: { ref: "\${{ github.event.pull_request.head.sha }}" }
      - run: echo "\${{ github.event.issue.title }}"
      - run: deploy
        env: { KEY: "\${{ secrets.KEY }}" }
`;
  it("would be seen to get them, if one did", () => {
    expect(weaknessesOf(BAD)).toEqual([
      "runs with secrets on a stranger's pull request",
      "an expression holds a title or a body",
      "a pin says no version",
      "build may run for hours",
      "build may be anybody to AWS outside an environment",
      "build may write everything",
      "build reads secrets outside an environment",
      "actions/checkout@v4 is not pinned",
      "checkout leaves its token behind",
      "build uses what a stranger wrote",
      "build checks out a head",
      "build puts an expression into a shell",
      "build uses what a stranger wrote",
    ]);
  });
});
