import { prose } from "../../core/decision/markdown.ts";
import { causeOf } from "../../core/failure.ts";
import { formatId } from "../../core/names.ts";
import type { Processed } from "../../flows/process-submissions.ts";

/** What became of each issue, by its number. */
export type Seen = ReadonlyMap<number, string>;

/** For other programs: the output `report`. */
export const reportOf = (
  { swept, moved, changes, systems, certificates, oddities }: Processed,
  seen: Seen,
) => ({
  changed: moved,
  issues: {
    worked: [...seen].map(([issue, kind]) => ({ issue, kind })),
    settled: swept.settled,
    failed: swept.failed.map(({ issue, error }) => ({ issue, why: causeOf(error) })),
  },
  registry: changes.map(({ kind, id, why }) => ({ kind, computer: formatId(id), why })),
  systems: systems.map(({ why }) => why),
  certificates: certificates.map((step) => ({ certificate: step.certificate, do: step.do })),
  oddities: oddities.map(({ says }) => says),
});

const MOST_LINES = 200;

/** For people: the job's summary, in Markdown. Of issues it holds numbers alone. */
export function summaryOf({ swept, moved, changes, systems, oddities }: Processed, seen: Seen): string {
  const failed = swept.failed.map(({ issue, error }) => `- #${issue} failed: ${prose(causeOf(error))}`);
  const worked = [...seen]
    .filter(([, kind]) => kind !== "ignored")
    .map(([issue, kind]) => `- #${issue} ${kind}`);
  const repaired = [...systems, ...changes].map(({ why }) => `- ${prose(why)}`);
  const odd = oddities.map(({ says }) => `- needs an admin: ${prose(says)}`);
  const lines = [...failed, ...odd, ...worked, ...repaired];
  const shown = lines.slice(0, MOST_LINES);
  if (lines.length > shown.length) shown.push(`- and ${lines.length - shown.length} more`);
  const counts = `${swept.settled} issues stand as they were answered; the registry ${moved ? "moved" : "is as it was"}.`;
  return `### Submissions\n\n${[...shown, ...(shown.length === 0 ? [] : [""]), counts].join("\n")}\n`;
}
