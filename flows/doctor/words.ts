import { printable } from "../../core/quote.ts";
import type { Examined, Finding } from "./check.ts";

const MARK = { ok: "ok", problem: "PROBLEM", unknown: "?" } as const;

/** For people: a line a finding, and below what is wrong how to mend it. */
export const doctorLines = (examined: readonly Examined[]): readonly string[] => [
  ...examined.flatMap(({ name, findings }) => findings.flatMap((finding) => linesOf(name, finding))),
  "",
  summary(examined),
];

const linesOf = (name: string, { outcome, says, fix }: Finding): readonly string[] => [
  `${MARK[outcome].padEnd(8)}${name}: ${shown(says)}`,
  ...(fix === undefined ? [] : [`${" ".repeat(8)}fix: ${shown(fix)}`]),
];

/** What a forge or a proxy said goes to a terminal. */
const shown = (text: string): string => printable(text.replaceAll("…", "...").replaceAll("\n", " "));

function summary(examined: readonly Examined[]): string {
  const counts = { ok: 0, problem: 0, unknown: 0 };
  for (const { findings } of examined) for (const { outcome } of findings) counts[outcome] += 1;
  const problems = counts.problem === 1 ? "1 problem" : `${counts.problem} problems`;
  const unseen = counts.unknown === 0 ? "" : `, ${counts.unknown} could not be looked at`;
  return `${problems}, ${counts.ok} fine${unseen}`;
}

/** For programs. */
export const doctorJson = (examined: readonly Examined[]): object => ({
  checks: examined.map(({ name, findings }) => ({ name, findings })),
});

/** 3 where GitHub was needed and did not answer at all, 1 with problems, else 0. */
export function doctorExit(examined: readonly Examined[]): 0 | 1 | 3 {
  if (examined.some(({ name, silent }) => name === "github" && silent === true)) return 3;
  return examined.some(({ findings }) => findings.some(({ outcome }) => outcome === "problem")) ? 1 : 0;
}
