import { appendFile } from "node:fs/promises";
import { Failure } from "../core/failure.ts";

/** An action's input, as GitHub's runner passes it: `INPUT_SYNC-KEY`. Empty where the workflow left it out. */
export const input = (name: string): string => process.env[`INPUT_${name.toUpperCase()}`]?.trim() ?? "";

export function requiredInput(name: string): string {
  const value = input(name);
  if (value !== "") return value;
  throw new Failure("usage", `input ${JSON.stringify(name)} is empty`, {
    hint: "set the secret that the workflow passes",
  });
}

/** The repository that the workflow runs in. */
export function repositoryHere(): { readonly owner: string; readonly repo: string } {
  const name = process.env.GITHUB_REPOSITORY ?? "";
  const [owner = "", repo = "", ...more] = name.split("/");
  if (owner === "" || repo === "" || more.length > 0) {
    throw new Failure("usage", `GITHUB_REPOSITORY is ${JSON.stringify(name)}; it must be owner/name`);
  }
  return { owner, repo };
}

/** Values must hold no line break: JSON and words only. */
export const setOutput = (name: string, value: string): Promise<void> =>
  append(process.env.GITHUB_OUTPUT, `${name}=${value}\n`);

export const addSummary = (markdown: string): Promise<void> =>
  append(process.env.GITHUB_STEP_SUMMARY, markdown);

/** Shown at the top of the run. Source: docs.github.com, "Workflow commands", on escaping. */
export function annotateError(message: string): void {
  const escaped = message.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
  console.log(`::error::${escaped}`);
}

async function append(file: string | undefined, text: string): Promise<void> {
  if (file !== undefined && file !== "") await appendFile(file, text);
}
