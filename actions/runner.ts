import { appendFile } from "node:fs/promises";
import * as z from "zod";
import { readInput } from "../adapters/files/read.ts";
import type { Annotation } from "../core/check/report.ts";
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

/** For a client: the input `token`, or the workflow's own, and where GitHub is. */
export function tokenHere(): { readonly token?: string; readonly baseUrl?: string } {
  const token = input("token") || (process.env.GITHUB_TOKEN ?? "");
  const baseUrl = process.env.GITHUB_API_URL;
  return { ...(token === "" ? {} : { token }), ...(baseUrl === undefined ? {} : { baseUrl }) };
}

const issueEvent = z.object({ issue: z.object({ number: z.number().int() }) });

/** The issue that the event was about; undefined: it was about none. Nothing else of the event is believed. */
export async function issueOfEvent(): Promise<number | undefined> {
  const file = process.env.GITHUB_EVENT_PATH;
  if (file === undefined || file === "") return undefined;
  const event: unknown = JSON.parse(await readInput(file));
  const read = issueEvent.safeParse(event);
  return read.success ? read.data.issue.number : undefined;
}

/** Values must hold no line break: JSON and words only. */
export const setOutput = (name: string, value: string): Promise<void> =>
  append(process.env.GITHUB_OUTPUT, `${name}=${value}\n`);

export const addSummary = (markdown: string): Promise<void> =>
  append(process.env.GITHUB_STEP_SUMMARY, markdown);

/** A line of the log. The runner obeys `::` at its begin and `##[` anywhere: what a proxy or a stranger wrote must not. */
export const say = (line: string): void => console.log(inert(line));

export const inert = (line: string): string =>
  line.replace(/^(\s*):(?=:)/gm, "$1\u200b:").replaceAll("##[", "##\u200b[");

/** Shown at the top of the run. */
export const annotateError = (message: string): void => console.log(`::error::${escaped(message)}`);

/** Shown on a line of realm.yaml in a pull request's files. */
export const annotateLine = ({ line, col, message }: Annotation): void =>
  console.log(`::error file=realm.yaml,line=${line},col=${col}::${escaped(message)}`);

export const annotateWarning = (message: string): void => console.log(`::warning::${escaped(message)}`);

/** Source: docs.github.com, "Workflow commands". */
const escaped = (message: string): string =>
  message.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");

async function append(file: string | undefined, text: string): Promise<void> {
  if (file !== undefined && file !== "") await appendFile(file, text);
}
