import { type Gathered, groupsOf, groupTitle } from "../../core/exec/groups.ts";
import { describeOutcome, type Outcome } from "../../core/exec/outcome.ts";
import { terminalText } from "../../core/terminal-text.ts";
import type { ExecScreen } from "./exec-screen.ts";

/** How what many devices say is shown. */
export interface ExecOutput {
  /** What it returns is waited for before more is read of this device. */
  heard(computer: string, stream: "stdout" | "stderr", line: string): Promise<unknown> | undefined;
  ended(computer: string, outcome: Outcome): void;
  /** Nothing comes any more. */
  finish(): void;
}

export type Style = "lines" | "groups" | "json";

/** `raw`: what devices write goes to the terminal as it is, with the controls that could steer it. */
export function execOutput(style: Style, raw: boolean, screen: ExecScreen): ExecOutput {
  const clean = raw ? (line: string) => line : terminalText;
  if (style === "groups") return groups(screen, clean);
  return style === "json" ? jsonLines(screen, clean) : lines(screen, clean);
}

type Clean = (line: string) => string;

/** Each line as it comes, behind its device's name. */
const lines = (screen: ExecScreen, clean: Clean): ExecOutput => ({
  heard: (computer, stream, line) => screen.print(stream, `${computer}: ${clean(line)}\n`),
  ended: (computer, outcome) => {
    const says = describeOutcome(outcome);
    // Who was not tried stands in the summary.
    if (says === undefined || outcome.kind === "not-tried") return;
    const name = says.includes(computer) ? "" : `${computer}: `;
    const hint = outcome.kind === "not-reached" ? outcome.failure.hint : undefined;
    screen.print("stderr", `${name}${says}\n${hint === undefined ? "" : `hint: ${hint}\n`}`);
  },
  finish: () => {},
});

/** At the end, what is the same once, under the names of its devices. */
function groups(screen: ExecScreen, clean: Clean): ExecOutput {
  const kept = new Kept();
  const gathered: Gathered[] = [];
  return {
    heard: (computer, _, line) => kept.add(computer, `${clean(line)}\n`),
    ended: (computer, outcome) => {
      if (outcome.kind !== "not-tried") gathered.push({ computer, text: kept.take(computer), outcome });
    },
    finish: () => {
      const order = gathered.toSorted((a, b) => byName.compare(a.computer, b.computer));
      for (const group of groupsOf(order)) screen.print("stdout", `${groupTitle(group)}\n${group.text}`);
    },
  };
}

/** 9 before 10. */
const byName = new Intl.Collator("en", { numeric: true });

/** One document a line, as each device ends. */
function jsonLines(screen: ExecScreen, clean: Clean): ExecOutput {
  const kept = { stdout: new Kept(), stderr: new Kept() };
  return {
    heard: (computer, stream, line) => kept[stream].add(computer, `${clean(line)}\n`),
    ended: (computer, outcome) => {
      const [stdout, stderr] = [kept.stdout.take(computer), kept.stderr.take(computer)];
      screen.print("stdout", `${JSON.stringify({ computer, ...fields(outcome), stdout, stderr })}\n`);
    },
    finish: () => {},
  };
}

/** `outcome`, and what belongs to it. */
function fields(outcome: Outcome) {
  if (outcome.kind === "not-reached") {
    const { code, message } = outcome.failure;
    return { outcome: outcome.kind, failure: { code, message } };
  }
  const { kind, ...more } = outcome;
  return { outcome: kind, ...more };
}

/** Characters of one device's output that are kept until it ends: one that never stops must not fill the memory. */
const MOST_KEPT = 4 * 1024 * 1024;
const CUT = "[more was cut off]\n";

class Kept {
  readonly #texts = new Map<string, { parts: string[]; length: number }>();

  add(computer: string, text: string): undefined {
    const kept = this.#texts.get(computer) ?? { parts: [], length: 0 };
    this.#texts.set(computer, kept);
    if (kept.length > MOST_KEPT) return;
    kept.length += text.length;
    kept.parts.push(kept.length > MOST_KEPT ? CUT : text);
  }

  take(computer: string): string {
    const { parts } = this.#texts.get(computer) ?? { parts: [] };
    this.#texts.delete(computer);
    return parts.join("");
  }
}
