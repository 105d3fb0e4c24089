import { hasDrift } from "../core/access/drift.ts";
import { type Swept, sweptText } from "../core/access/sessions.ts";
import { brokerText } from "../core/broker/told.ts";
import { counted } from "../core/counted.ts";
import { prose } from "../core/decision/markdown.ts";
import { driftJson, driftLines } from "./drift.ts";
import type { ProxySync } from "./sync.ts";

const SHOWN = 50;

/** For people: a line for each proxy, and below it a line for each key. */
export const syncLines = (results: readonly ProxySync[]): readonly string[] =>
  results.flatMap((result) => [headline(result), ...details(result).map((detail) => `  ${detail}`)]);

/** The same in Markdown, for a job's summary. */
export const syncMarkdown = (results: readonly ProxySync[]): string =>
  results
    .flatMap((result) => [
      `- ${prose(headline(result))}`,
      ...details(result).map((detail) => `  - ${prose(detail)}`),
    ])
    .map((line) => `${line}\n`)
    .join("");

/** For programs: one value a proxy, without the files' names; `drift` only where there is any. */
export const syncJson = (results: readonly ProxySync[]): readonly object[] =>
  results.map((result) => {
    const drift = hasDrift(result.drift) ? { drift: driftJson(result.drift) } : {};
    const { proxy, kind } = result;
    if (kind === "failed") return { proxy, kind, problem: result.failure.message, ...drift };
    if (kind === "refused") return { proxy, kind, problems: result.problems, ...drift };
    if (kind === "same") return { proxy, kind, ...drift };
    const { generation, sequence, sessions, broker } = result.report;
    const told = broker === undefined ? {} : { broker };
    const about = { generation, sequence, keys: result.keys };
    return { proxy, kind, ...about, ...sessionsJson(sessions), ...told, ...drift };
  });

const sessionsJson = (swept: Swept | undefined): object =>
  swept === undefined || swept.kind === "unrecorded"
    ? {}
    : { sessions: swept.kind === "swept" ? { ended: swept.ended.length } : { problem: swept.problem } };

/** Why whom a sync took access from may still be connected to a proxy, or its broker; undefined where nobody is. */
export function sweepProblem(result: ProxySync): string | undefined {
  if (result.kind !== "changed") return undefined;
  const { sessions, broker } = result.report;
  const problems = [
    ...(sessions?.kind === "failed" ? [sweptText(sessions)] : []),
    ...(broker?.kind === "failed" ? [brokerText(broker)] : []),
  ];
  return problems.length === 0 ? undefined : problems.join("; ");
}

/** The exit code of contracts: 1 where some host said no or failed, 3 where none of them answered. */
export function syncExit(results: readonly ProxySync[]): 0 | 1 | 3 {
  const bad = results.filter(
    (result) => result.kind === "refused" || result.kind === "failed" || sweepProblem(result) !== undefined,
  );
  if (bad.length === 0) return 0;
  const silent = results.every((result) => result.kind === "failed" && result.failure.code === "unavailable");
  return silent ? 3 : 1;
}

function headline(result: ProxySync): string {
  const proxy = `proxy ${result.proxy}`;
  switch (result.kind) {
    case "same":
      return `${proxy} holds all it should`;
    case "changed": {
      const { generation, sequence, added, changed, removed } = result.report;
      const files = added.length + changed.length + removed.length;
      const count = (kind: string) => result.keys.filter((key) => key.kind === kind).length;
      const change = `${counted(files, "file")} changed, ${counted(count("gained"), "key")} gained, ${count("lost")} lost`;
      return `${proxy} took generation ${generation}, sequence ${sequence}: ${change}`;
    }
    case "refused":
      return `${proxy} refused, and nothing changed there`;
    case "failed":
      return result.failure.message;
  }
}

const details = (result: ProxySync): readonly string[] => [
  ...driftLines(result.drift).map((line, index) =>
    result.kind === "changed" && index < result.drift.files.length ? `mended: ${line}` : `drift: ${line}`,
  ),
  ...changesIn(result),
];

function changesIn(result: ProxySync): readonly string[] {
  if (result.kind === "refused") return result.problems;
  if (result.kind !== "changed") return [];
  const lines = result.keys.map(
    ({ kind, computer, fingerprint, why }) =>
      `${kind} ${computer ?? "a key"} ${fingerprint}${why === undefined ? "" : ` (${why})`}`,
  );
  const shown =
    lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more`];
  const { sessions, broker } = result.report;
  return [
    ...shown,
    ...(sessions === undefined || sessions.kind === "unrecorded" ? [] : [sweptText(sessions)]),
    ...(broker === undefined || broker.kind === "same" ? [] : [brokerText(broker)]),
  ];
}
