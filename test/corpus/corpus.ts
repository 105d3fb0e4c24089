import { readFileSync } from "node:fs";

/** An issue's title and body, with a name for the test's report. */
export interface Honest {
  readonly name: string;
  readonly title: string;
  readonly body: string;
}

export interface Hostile extends Honest {
  /** Who must stop it: the reader of the text, or the decision on what it says. */
  readonly stops: "text" | "decide";
  /** How the reader's problem begins. */
  readonly says?: string;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

export const honest: readonly Honest[] = read("honest.json");
export const hostile: readonly Hostile[] = read("hostile.json");
