import { code, prose } from "../decision/markdown.ts";
import type { Problem } from "../place.ts";
import { shorten } from "./shorten.ts";

/** What a pull request on realm.yaml is told: one check run, one comment. */
export interface Report {
  /** `action_required`: it can't be told yet. Unlike `neutral`, it does not let a required check pass. */
  readonly conclusion: "success" | "failure" | "neutral" | "action_required";
  /** Plain text, one line; nothing of a stranger's. */
  readonly title: string;
  /** Markdown in which all that strangers wrote is escaped; fits a comment and a check run. */
  readonly body: string;
  readonly annotations: readonly Annotation[];
}

/** A remark on a line of realm.yaml, as plain text. */
export interface Annotation {
  readonly line: number;
  readonly col: number;
  readonly message: string;
}

/** GitHub takes 65,536 characters in a comment and 65,535 in a check run's summary; some are the marker's. */
export const LONGEST_BODY = 60_000;
/** Fifty go into one request, and a hostile file of 512 kB holds tens of thousands. */
const MOST_ANNOTATIONS = 1000;
const LONGEST_MESSAGE = 2000;

/** A file that the realm can't be read from: every problem on its line. */
export function invalidReport(problems: readonly Problem[]): Report {
  const lines = problems.map(
    ({ place: { line }, path, message }) =>
      `- line ${line}${path === "" ? "" : `, ${code(path)}`}: ${prose(message)}`,
  );
  const head =
    "**realm.yaml would be invalid.** Nobody could be let in, and no proxy synced, until it is mended.";
  const left = problems.length - MOST_ANNOTATIONS;
  const more = left > 0 ? [{ head: `${left} problems have no annotation.`, lines: [], noun: "" }] : [];
  return {
    conclusion: "failure",
    title: `realm.yaml has ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}`,
    body: shorten(
      [{ head, lines: [], noun: "" }, ...more, { head: "", lines, noun: "problem" }],
      LONGEST_BODY,
    ).text,
    annotations: problems.slice(0, MOST_ANNOTATIONS).map(({ place: { line, col }, path, message }) => ({
      line,
      col,
      message: `${path === "" ? "" : `${path}: `}${message}`.slice(0, LONGEST_MESSAGE),
    })),
  };
}

/** No valid realm.yaml is there to look into: gone, too long, no text, or more than sshd takes. */
export const unusableReport = (says: string): Report => ({
  conclusion: "failure",
  title: "realm.yaml can't be used",
  body: `**realm.yaml can't be used.** ${prose(says)}`,
  annotations: [],
});

/** Something did not answer: that is never "no change". */
export const laterReport = (why: string): Report => ({
  conclusion: "action_required",
  title: "not known yet; it is tried again",
  body: `**Not known yet.** What this would change can't be told: ${prose(why)}\n\nIt is tried again by itself; until then, don't merge it.`,
  annotations: [],
});

/** For a pull request that no longer touches realm.yaml, or that must have a check whatever it touches. */
export const untouchedReport: Report = {
  conclusion: "neutral",
  title: "realm.yaml is not touched",
  body: "**realm.yaml is not touched**, so this changes nobody's access.",
  annotations: [],
};
